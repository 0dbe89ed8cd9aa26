import { renderDeclared } from '../conf/declared.ts';
import type { Context } from '../context.ts';
import { refused } from '../errors.ts';
import { withKeys } from '../host/keys.ts';
import { textOrNull } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import { accessOf, declaredWith } from '../plan/access.ts';
import type { Account, Declared, HostFacts, Role } from '../plan/facts.ts';
import { keysOf, type WantedUser, wantAccount } from '../plan/user.ts';
import type { LogLevel, UserName } from '../spec.ts';
import { carryOut } from './carry-out.ts';
import { type CredentialOptions, type Credentials, collectCredentials } from './credentials.ts';
import { refuseForeign, refuseGroupName, refuseLeftovers, uidFor } from './judge-account.ts';
import { type PrepareOptions, prepare } from './prepare.ts';
import { reportAccount } from './report-account.ts';

export interface AccountOptions extends PrepareOptions, CredentialOptions {
  readOnly?: boolean;
  uid?: number;
  comment?: string;
  mail?: string;
  logLevel?: LogLevel;
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
      const facts = await preparation.look({ name, role: wantedRole, hasKey, hasPassword });
      const existing = facts.accounts.find((account) => account.name === name) ?? null;
      const user = wantedUser(context, facts, existing, { name, role: wantedRole, options, credentials });
      if (user.password && credentials.password !== null) secrets.set(name, credentials.password);
      keptPassword = hasPassword && !user.password;
      preparesHost = (await preparation.planFor(facts, [], [])).changes.length > 0;
      return preparation.planFor(withUser(facts, user), wantAccount(config, user), [{ name, role: user.role }]);
    },
    asks: () => preparesHost,
  });

  const password = done && credentials.generated && secrets.has(name) ? credentials.password : null;
  await reportAccount(context, name, { plan, done, isNew, password, keptPassword });
}

interface Asked {
  name: UserName;
  role: Role;
  options: AccountOptions;
  credentials: Credentials;
}

/** What was asked for, completed by what is there already. */
function wantedUser({ host, config }: Context, facts: HostFacts, existing: Account | null, asked: Asked): WantedUser {
  const { name, options, credentials } = asked;
  const found = readRegister(host).users.get(name);
  if (existing && (existing.role === 'admin') !== (asked.role === 'admin'))
    throw refused(
      `${name} is ${existing.role === 'admin' ? 'an administrator' : 'a customer'} already`,
      'choose another name',
    );
  const role = asked.role === 'only' && existing?.role === 'readOnly' ? 'readOnly' : asked.role;
  const before = facts.declared.get(name);
  const access =
    options.expires === undefined
      ? null
      : {
          ...accessOf({ expires: existing?.expires ?? null }, before),
          expires: options.expires === 'never' ? null : options.expires,
        };
  const declared: Declared = {
    ...(access === null ? before : declaredWith(before ?? {}, access)),
    ...(options.mail && { mail: options.mail }),
    ...(options.logLevel && { logLevel: options.logLevel }),
  };
  return {
    name,
    role,
    uid: uidFor({ host, config }, found?.uid, options.uid),
    comment: options.comment ?? found?.comment ?? '',
    declared,
    declaredText:
      options.mail || options.logLevel || renderDeclared(declared) !== renderDeclared(before ?? {})
        ? renderDeclared(declared)
        : null,
    access,
    keys: credentials.keys.length > 0 ? withKeys(textOrNull(host.path(keysOf(name))), credentials.keys) : null,
    password: credentials.password !== null && existing?.hasPassword !== true,
  };
}

/** The facts as they will be, because sshd and rsyslog are told of some accounts by name. */
function withUser(facts: HostFacts, user: WantedUser): HostFacts {
  const { name, role, uid, comment, password, declared } = user;
  const before = facts.accounts.find((account) => account.name === name);
  const account: Account = {
    ...{ name, role, uid, comment },
    hasPassword: password || before?.hasPassword === true,
    expires: before?.expires ?? null,
  };
  const accounts = [...facts.accounts.filter((other) => other.name !== name), account];
  return { ...facts, accounts, declared: new Map([...facts.declared, [name, declared]]) };
}
