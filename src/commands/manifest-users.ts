import { complaintText, type Manifest, type ManifestUser } from '../conf/manifest.ts';
import { KEYS_FOLDER } from '../conf/sshd-drop-in.ts';
import type { Context } from '../context.ts';
import { refused } from '../errors.ts';
import { keyLines } from '../host/keys.ts';
import type { Secret } from '../host/password.ts';
import { lstatOrNull, namesIn } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import { openUids } from '../host/uids.ts';
import type { Account, HostFacts } from '../plan/facts.ts';
import { USERS_FOLDER } from '../plan/host.ts';
import { keysOf, type WantedUser } from '../plan/user.ts';
import { shellQuote } from '../quote.ts';
import { fromDirectory, knownElsewhere, refuseForeignHere, refuseLeftovers } from './judge-account.ts';
import type { Newcomer } from './judge-host.ts';
import { complaintsOf } from './read-manifest.ts';
import { type AskedUser, wantedUser } from './wanted-users.ts';

/** As much of somebody as the judgement of sshd's configuration needs. */
export const newcomer = ({ host }: Context, user: ManifestUser, existing: Account | undefined): Newcomer => ({
  name: user.name,
  role: user.role ?? existing?.role ?? 'only',
  hasKey: user.keys ? user.keys.length > 0 : lstatOrNull(host.path(keysOf(user.name))) !== null,
  hasPassword: secretOf(user) !== undefined,
});

const secretOf = ({ password, passwordHash }: ManifestUser): Secret | undefined =>
  passwordHash === undefined ? password : { hash: passwordHash };

/** @throws OperatorError `refused`, naming every account of the file that cannot be made on this host */
export async function wantedUsers(
  context: Context,
  facts: HostFacts,
  before: ReadonlyMap<string, Account>,
  file: string,
  { users }: Manifest,
  secrets: Map<string, Secret>,
): Promise<WantedUser[]> {
  const { host, config } = context;
  const elsewhere = knownElsewhere(
    host,
    users.map(({ name }) => name),
  );
  const known = namesOnDisk(context);
  const uids = openUids(host, config);
  const wanted: WantedUser[] = [];
  secrets.clear();
  // Uids that are asked for are taken before any are given away.
  const inTurn = [...users.filter(({ uid }) => uid !== undefined), ...users.filter(({ uid }) => uid === undefined)];
  const complaints = complaintsOf(inTurn, (user) => {
    refuseForeignHere(context, user.name);
    if (!readRegister(host).users.has(user.name) && known.has(user.name)) refuseLeftovers(context, user.name);
    const one = wantedUser(context, facts, uids, before.get(user.name), askedUser(user));
    const secret = secretOf(user);
    if (one.password !== null && secret !== undefined) secrets.set(user.name, secret);
    wanted.push(one);
  });
  const foreign = new Set(await elsewhere);
  complaints.push(
    ...complaintsOf(
      users.filter(({ name }) => foreign.has(name)),
      ({ name }) => {
        throw fromDirectory(name);
      },
    ),
  );
  if (complaints.length > 0) throw refused(complaintText(complaints), `edit ${shellQuote(file)}`);
  return wanted;
}

/** Whoever has, or had, anything on this host beside an account. */
const namesOnDisk = ({ host, config }: Context): Set<string> =>
  new Set(
    [config.root, KEYS_FOLDER, USERS_FOLDER]
      .flatMap((folder) => namesIn(host.path(folder)))
      .map((name) => name.replace(/\.yaml$/, '')),
  );

function askedUser(user: ManifestUser): AskedUser {
  const { place: _, keys, password: __, passwordHash: ___, ...same } = user;
  const secret = secretOf(user);
  return { ...same, ...(keys && { keys: (there) => keysText(there, keys) }), ...(secret !== undefined && { secret }) };
}

/** What is in a file beside its keys stays as long as these are the same. */
function keysText(existing: string | null, keys: readonly string[]): string | null {
  const isSame = JSON.stringify(keyLines(existing ?? '')) === JSON.stringify(keys);
  return isSame ? null : keys.map((line) => `${line}\n`).join('');
}
