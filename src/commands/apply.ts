import { readFileSync } from 'node:fs';
import { type Complaint, complaintText, type Manifest, type ManifestUser } from '../conf/manifest.ts';
import { KEYS_FOLDER } from '../conf/sshd-drop-in.ts';
import { parseUsersConf } from '../conf/users-conf.ts';
import type { Context } from '../context.ts';
import { OperatorError, reasonOf, refused, wrongUsage } from '../errors.ts';
import { judgeKeys, keyLines } from '../host/keys.ts';
import { accountsOf } from '../host/look.ts';
import type { Secret } from '../host/password.ts';
import { lstatOrNull, namesIn } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import { openUids } from '../host/uids.ts';
import { accessOf, dateToday, isShut } from '../plan/access.ts';
import type { Change, Plan } from '../plan/change.ts';
import type { Account, HostFacts } from '../plan/facts.ts';
import { USERS_FOLDER } from '../plan/host.ts';
import { finalLast } from '../plan/removal.ts';
import { accountOf, keysOf, type WantedUser, wantAccounts } from '../plan/user.ts';
import { shellQuote } from '../quote.ts';
import { carryOut, planForPrograms } from './carry-out.ts';
import { fromDirectory, knownElsewhere, refuseForeignHere, refuseGroupName, refuseLeftovers } from './judge-account.ts';
import type { Newcomer } from './judge-host.ts';
import { type Preparation, type PrepareOptions, prepare } from './prepare.ts';
import { planRemoval } from './removal.ts';
import { withoutAccounts } from './remove-user.ts';
import { type AskedUser, wantedUser, withUsers } from './wanted-users.ts';

export interface ApplyOptions extends PrepareOptions {
  format?: string;
  prune?: boolean;
}

/** Makes the accounts what a file says, all of them by one plan; the file is judged whole before that. */
export async function apply(context: Context, file: string, options: ApplyOptions): Promise<void> {
  const { host, config, say } = context;
  const manifest = await readManifest(file, options.format ?? 'manifest');
  const secrets = new Map<string, Secret>();
  const preparation = await prepare(context, options, secrets);
  await refuseWrong(context, file, manifest);
  const counts = { added: 0, changed: 0, removed: 0, unchanged: 0 };
  const { plan, done } = await carryOut(context, preparation.workshop, {
    async makePlan() {
      const before = new Map(accountsOf(config, readRegister(host)).map((account) => [account.name, account]));
      const facts = await preparation.look(
        manifest.users.map((user) => newcomer(context, user, before.get(user.name))),
      );
      const users = await wantedUsers(context, facts, before, file, manifest, secrets);
      const named = new Set<string>(users.map(({ name }) => name));
      const surplus = options.prune ? facts.accounts.filter(({ name }) => !named.has(name)) : [];
      const plan = await planFor(context, preparation, facts, users, surplus, manifest.notes);
      Object.assign(counts, countsOf(context, plan, users, surplus));
      return plan;
    },
    asks: () => true,
  });
  if (context.options.json)
    return say.result(JSON.stringify({ changed: done, accounts: counts, ...planForPrograms(plan) }));
  if (context.options.dryRun) return;
  const { added, changed, removed, unchanged } = counts;
  say.note(
    done
      ? `Accounts: ${added} added, ${changed} changed, ${removed} removed, ${unchanged} as they should be.`
      : 'Everything is as it should be; nothing was changed.',
  );
}

async function readManifest(file: string, format: string): Promise<Manifest> {
  if (format !== 'manifest' && format !== 'users.conf')
    throw wrongUsage(
      `${JSON.stringify(format)} is not a format of ours`,
      'use --format manifest or --format users.conf',
    );
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw wrongUsage(`cannot read ${file}: ${reasonOf(error)}`, `ls -l ${shellQuote(file)}`);
  }
  const name = file === '-' ? 'stdin' : file;
  if (format === 'users.conf') return parseUsersConf(text, name);
  const { parseManifest } = await import('../conf/manifest-yaml.ts');
  return parseManifest(text, name);
}

/** Says everything that is wrong with the file itself. @throws OperatorError `usage` */
async function refuseWrong(context: Context, file: string, { users, keys, complaints }: Manifest): Promise<void> {
  const judged = await judgeKeys(
    context.host,
    keys.map(({ line }) => line),
  );
  const all = [
    ...complaints,
    ...complaintsOf(users, ({ name }) => refuseGroupName(context, name)),
    ...judged.flatMap((key, index): Complaint[] =>
      'wrong' in key ? [{ place: keys[index]?.place ?? '', message: `the key ${key.wrong}` }] : [],
    ),
  ];
  if (all.length > 0) throw wrongUsage(complaintText(all), `edit ${shellQuote(file)}`);
}

function complaintsOf(users: readonly ManifestUser[], judge: (user: ManifestUser) => void): Complaint[] {
  return users.flatMap((user) => {
    try {
      judge(user);
      return [];
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      return [{ place: user.place, message: error.message }];
    }
  });
}

const newcomer = ({ host }: Context, user: ManifestUser, existing: Account | undefined): Newcomer => ({
  name: user.name,
  role: user.role ?? existing?.role ?? 'only',
  hasKey: user.keys ? user.keys.length > 0 : lstatOrNull(host.path(keysOf(user.name))) !== null,
  hasPassword: secretOf(user) !== undefined,
});

const secretOf = ({ password, passwordHash }: ManifestUser): Secret | undefined =>
  passwordHash === undefined ? password : { hash: passwordHash };

/** @throws OperatorError `refused`, naming every account of the file that cannot be made on this host */
async function wantedUsers(
  context: Context,
  facts: HostFacts,
  before: ReadonlyMap<string, Account>,
  file: string,
  { users }: Manifest,
  secrets: Map<string, Secret>,
): Promise<WantedUser[]> {
  const { host, config } = context;
  const elsewhere = new Set(
    await knownElsewhere(
      host,
      users.map(({ name }) => name),
    ),
  );
  const known = namesOnDisk(context);
  const uids = openUids(host, config);
  const wanted: WantedUser[] = [];
  secrets.clear();
  // Uids that are asked for are taken before any are given away.
  const inTurn = [...users.filter(({ uid }) => uid !== undefined), ...users.filter(({ uid }) => uid === undefined)];
  const complaints = complaintsOf(inTurn, (user) => {
    if (elsewhere.has(user.name)) throw fromDirectory(user.name);
    refuseForeignHere(context, user.name);
    if (!readRegister(host).users.has(user.name) && known.has(user.name)) refuseLeftovers(context, user.name);
    const one = wantedUser(context, facts, uids, before.get(user.name), askedUser(user));
    const secret = secretOf(user);
    if (one.password !== null && secret !== undefined) secrets.set(user.name, secret);
    wanted.push(one);
  });
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

function askedUser({ place: _, keys, password, passwordHash, ...same }: ManifestUser): AskedUser {
  const secret = secretOf({ ...same, place: '', ...(password && { password }), ...(passwordHash && { passwordHash }) });
  return { ...same, ...(keys && { keys: (there) => keysText(there, keys) }), ...(secret !== undefined && { secret }) };
}

/** What is in a file beside its keys stays as long as these are the same. */
function keysText(existing: string | null, keys: readonly string[]): string | null {
  const isSame = JSON.stringify(keyLines(existing ?? '')) === JSON.stringify(keys);
  return isSame ? null : keys.map((line) => `${line}\n`).join('');
}

async function planFor(
  context: Context,
  preparation: Preparation,
  facts: HostFacts,
  users: readonly WantedUser[],
  surplus: readonly Account[],
  notes: readonly string[],
): Promise<Plan> {
  const { workshop } = preparation;
  const going = new Set(surplus.map(({ name }) => name));
  const after = withoutAccounts(withUsers(facts, users), going);
  const building = await preparation.planFor(after, wantAccounts(context.config, users), users);
  const removal = await planRemoval(context, workshop, facts, surplus, {});
  const changes = [
    ...removal.closing,
    ...building.changes,
    ...endingFor(context, users, building.changes),
    ...removal.taking,
    ...removal.final,
  ];
  const demoted = users.filter(({ name, role, isNew }) => role === 'readOnly' && !isNew && isChanged(changes, name));
  return {
    ...building,
    ...finalLast(changes, new Set(removal.final.map(({ at }) => at))),
    notes: changes.length === 0 ? [] : [...building.notes, ...notes, ...noteOn(demoted)],
  };
}

const isChanged = (changes: readonly Change[], name: string): boolean =>
  changes.some(({ kind, at }) => kind === 'account' && at === name);

const noteOn = (demoted: readonly WantedUser[]): string[] =>
  demoted.length === 0 ? [] : [`sessions that are open may still write: ${demoted.map(({ name }) => name).join(', ')}`];

/** Whoever is shut out from now on is not left inside. */
function endingFor({ host, now }: Context, users: readonly WantedUser[], changes: readonly Change[]): Change[] {
  const shut = new Set(
    changes.flatMap(({ kind, at, after }) =>
      kind === 'expiry' && after !== null && isShut(accessOf({ expires: after.day }), dateToday(now())) ? [at] : [],
    ),
  );
  const names = users.filter(({ name, isNew }) => !isNew && shut.has(name)).map(({ name }) => name);
  if (names.length === 0 || host.sysroot !== '') return [];
  return [{ kind: 'sessions', at: names.join(' '), before: null, after: { ended: true } }];
}

function countsOf({ config }: Context, { changes }: Plan, users: readonly WantedUser[], surplus: readonly Account[]) {
  const touched = new Set(changes.map(({ at }) => accountOf(config, at)));
  const added = users.filter(({ isNew }) => isNew).length;
  const changed = users.filter(({ name, isNew }) => !isNew && touched.has(name)).length;
  return { added, changed, removed: surplus.length, unchanged: users.length - added - changed };
}
