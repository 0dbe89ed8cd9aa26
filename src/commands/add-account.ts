import type { Context } from '../context.ts';
import { withKeys } from '../host/keys.ts';
import { textOrNull } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import { openUids } from '../host/uids.ts';
import type { Account, Declared, Role } from '../plan/facts.ts';
import { keysOf, wantAccounts } from '../plan/user.ts';
import type { FolderName, FolderPath, LogLevel, UserName } from '../spec.ts';
import { carryOut } from './carry-out.ts';
import { type CredentialOptions, type Credentials, collectCredentials } from './credentials.ts';
import { refuseForeign, refuseGroupName, refuseLeftovers } from './judge-account.ts';
import { type PrepareOptions, prepare } from './prepare.ts';
import { reportAccount } from './report-account.ts';
import { type AskedUser, accountsByName, wantedUser, withUsers } from './wanted-users.ts';

export interface AccountOptions extends PrepareOptions, CredentialOptions {
  readOnly?: boolean;
  uid?: number;
  comment?: string;
  mail?: string;
  logLevel?: LogLevel;
  folder?: FolderPath[];
  share?: FolderName[];
  /** A date, or `never`. */
  expires?: string;
}

/** Makes an account of one role, or mends one that is there: what `add-user` and `add-admin` share. */
export async function addAccount(
  context: Context,
  name: UserName,
  wantedRole: Role,
  options: AccountOptions,
): Promise<void> {
  const { host, config } = context;
  refuseGroupName(context, name);
  const secrets = new Map<string, string>();
  const preparation = await prepare(context, options, secrets);
  const isNew = !readRegister(host).users.has(name);
  const credentials = await collectCredentials(context, options, isNew, name);

  let keptPassword = false;
  let preparesHost = false;
  const { plan, done } = await carryOut(context, preparation.workshop, {
    async makePlan() {
      await refuseForeign(context, name);
      const hasAccount = readRegister(host).users.has(name);
      if (!hasAccount) refuseLeftovers(context, name);
      const hasKey = credentials.keys.length > 0 || textOrNull(host.path(keysOf(name))) !== null;
      const hasPassword = credentials.password !== null;
      const facts = await preparation.look([{ name, role: wantedRole, hasKey, hasPassword }]);
      const existing = accountsByName(facts).get(name);
      const asked = askedUser(name, wantedRole, existing, options, credentials, facts.declared.get(name));
      const user = wantedUser(context, facts, openUids(host, config), existing, asked);
      if (user.password && credentials.password !== null) secrets.set(name, credentials.password);
      keptPassword = hasPassword && user.password === null;
      preparesHost = (await preparation.planFor(facts, [], [])).changes.length > 0;
      return preparation.planFor(withUsers(facts, [user]), wantAccounts(config, [user]), [user]);
    },
    asks: () => preparesHost,
  });

  const password = done && credentials.generated && secrets.has(name) ? credentials.password : null;
  await reportAccount(context, name, { plan, done, isNew, password, keptPassword });
}

/** Keys are added to those that are there, and so are folders; a customer who may only read goes on doing so. */
function askedUser(
  name: UserName,
  role: Role,
  existing: Account | undefined,
  options: AccountOptions,
  { keys, password }: Credentials,
  declared: Declared | undefined,
): AskedUser {
  const { uid, comment, mail, logLevel, expires, folder, share } = options;
  return {
    name,
    role: role === 'only' && existing?.role === 'readOnly' ? 'readOnly' : role,
    ...(uid !== undefined && { uid }),
    ...(comment !== undefined && { comment }),
    ...(mail && { mail }),
    ...(logLevel && { logLevel }),
    ...(expires && { expires: expires === 'never' ? null : expires }),
    ...(folder && { folders: [...new Set([...(declared?.folders ?? []), ...folder])] }),
    ...(share && { shares: [...new Set([...(declared?.shares ?? []), ...share])] }),
    ...(keys.length > 0 && { keys: (there) => withKeys(there, keys) }),
    ...(password !== null && { secret: password }),
  };
}
