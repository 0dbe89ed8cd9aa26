import { stringify } from 'yaml';
import type { Context } from '../context.ts';
import { keyLines } from '../host/keys.ts';
import { lookAtHost } from '../host/look.ts';
import { textOrNull } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import { openServices } from '../host/services/open.ts';
import { accessOf } from '../plan/access.ts';
import type { Account, HostFacts } from '../plan/facts.ts';
import { keysOf } from '../plan/user.ts';

/** Prints the accounts of ours as a manifest; to apply it where it comes from changes nothing. */
export async function listManifest(context: Context, withHashes: boolean): Promise<void> {
  const { host, config, options, say, self } = context;
  const facts = await lookAtHost(host, config, openServices(host).kind, self);
  const users = facts.accounts
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((account) => entryOf(context, facts, account, withHashes));
  say.result(options.json ? JSON.stringify({ users }) : stringify({ users }, { lineWidth: 0 }).trimEnd());
}

function entryOf({ host }: Context, { declared }: HostFacts, account: Account, withHashes: boolean) {
  const { name, uid, role, comment, hasPassword } = account;
  const { mail, logLevel, folders, shares, ...others } = declared.get(name) ?? {};
  const { locked, expires } = accessOf(account, others);
  const keys = textOrNull(host.followed(keysOf(name)));
  return {
    name,
    ...(role !== 'only' && { [role]: true }),
    uid,
    ...(comment !== '' && { comment }),
    ...(mail && { mail }),
    ...(logLevel && { logLevel }),
    ...(locked && { locked }),
    ...(expires !== null && { expires }),
    ...(folders && { data: folders }),
    ...(shares && { shares }),
    ...(keys !== null && { keys: keyLines(keys) }),
    ...(hasPassword && withHashes && { passwordHash: readRegister(host).shadow.get(name)?.hash }),
  };
}
