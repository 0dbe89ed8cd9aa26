import { renderDeclared } from '../conf/declared.ts';
import { mountUnitName } from '../conf/systemd.ts';
import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { refused } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { digestOfPassword, type Secret } from '../host/password.ts';
import { textOrNull } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import type { Uids } from '../host/uids.ts';
import { accessOf, declaredWith, expiryFor } from '../plan/access.ts';
import type { Account, Declared, HostFacts, Role } from '../plan/facts.ts';
import { mountPointOf } from '../plan/shares.ts';
import { keysOf, type WantedUser } from '../plan/user.ts';
import { satisfies } from '../plan/wish.ts';
import type { FolderName, FolderPath, LogLevel, UserName } from '../spec.ts';
import { uidFor } from './judge-account.ts';

/** What is asked of one account. What is left out stays as it is; null takes away. */
export interface AskedUser {
  name: UserName;
  role?: Role;
  uid?: number;
  comment?: string;
  mail?: string | null;
  logLevel?: LogLevel | null;
  expires?: string | null;
  locked?: boolean;
  folders?: readonly FolderPath[];
  shares?: readonly FolderName[];
  /** The text of the keys, given the one that is there. */
  keys?: (existing: string | null) => string | null;
  secret?: Secret;
}

/** The accounts of a host by name, as far as a plan has to look them up. */
export const accountsByName = ({ accounts }: HostFacts): ReadonlyMap<string, Account> =>
  new Map(accounts.map((account) => [account.name, account]));

/**
 * What was asked for, completed by what is there already.
 *
 * @param existing the account of ours, where there is one
 * @throws OperatorError `refused` for what cannot be
 */
export function wantedUser(
  { host }: Pick<Context, 'host'>,
  facts: HostFacts,
  uids: Uids,
  existing: Account | undefined,
  asked: AskedUser,
): WantedUser {
  const { name } = asked;
  const found = readRegister(host).users.get(name);
  const role = asked.role ?? existing?.role ?? 'only';
  if (existing && (existing.role === 'admin') !== (role === 'admin'))
    throw refused(
      `${name} is ${existing.role === 'admin' ? 'an administrator' : 'a customer'} already`,
      'choose another name',
    );
  refuseShares(facts.config, asked);
  const before = facts.declared.get(name) ?? {};
  const access = accessOf(existing ?? { expires: null }, before);
  const wanted = {
    locked: asked.locked ?? access.locked,
    until: (asked.locked ?? access.locked) === access.locked ? access.until : null,
    expires: asked.expires === undefined ? access.expires : asked.expires,
  };
  const isAsked = asked.locked !== undefined || asked.expires !== undefined;
  const declared = isAsked ? declaredWith(declaredFor(before, asked), wanted) : declaredFor(before, asked);
  const isSame = satisfies(before, declared) && satisfies(declared, before);
  return {
    name,
    role,
    uid: uidFor(host, uids, found?.uid, asked.uid),
    comment: asked.comment ?? found?.comment ?? '',
    declared,
    declaredText: isSame ? null : renderDeclared(declared),
    isNew: found === undefined,
    keys: asked.keys?.(textOrNull(host.path(keysOf(name)))) ?? null,
    password: passwordFor(host, existing, asked),
    expiry: isAsked ? { ...expiryFor(wanted), opens: access.locked && !wanted.locked } : null,
  };
}

/** Each is a folder in the jail beside `data`, and a unit of systemd of the same name, which is a file. */
function refuseShares(config: Config, { name, shares = [] }: AskedUser): void {
  for (const share of shares) {
    if (share === config.data) throw refused(`${share} is the data folder itself`, 'choose another name');
    if (mountUnitName(mountPointOf(config, { jail: name, share })).length > 255)
      throw refused(
        `the unit for the shared folder ${share} of ${name} would have too long a name`,
        'choose another name',
      );
  }
}

/** In one order of keys, so that the same is the same text. */
function declaredFor(before: Declared, { mail, logLevel, folders, shares }: AskedUser): Declared {
  const { mail: oldMail, logLevel: oldLevel, facility, folders: oldFolders, shares: oldShares, ...others } = before;
  const now = {
    mail: mail === undefined ? oldMail : mail,
    logLevel: logLevel === undefined ? oldLevel : logLevel,
    facility,
    folders: folders ?? oldFolders ?? [],
    shares: shares ?? oldShares ?? [],
  };
  return {
    ...(now.mail && { mail: now.mail }),
    ...(now.logLevel && { logLevel: now.logLevel }),
    ...(facility && { facility }),
    ...(now.folders.length > 0 && { folders: [...now.folders] }),
    ...(now.shares.length > 0 && { shares: [...now.shares] }),
    ...others,
  };
}

/** One in the clear is set only where there is none: nobody could tell whether it is the same. */
function passwordFor(host: Host, existing: Account | undefined, { name, secret }: AskedUser): WantedUser['password'] {
  if (secret === undefined) return null;
  if (!existing?.hasPassword) return { set: true };
  const isSame = typeof secret === 'string' || readRegister(host).shadow.get(name)?.hash === secret.hash;
  return isSame ? null : { set: true, unlike: digestOfPassword(host, name) };
}

/** The facts as they will be, because sshd and rsyslog are told of some accounts by name. */
export function withUsers(facts: HostFacts, users: readonly WantedUser[]): HostFacts {
  const accounts = new Map(facts.accounts.map((account) => [account.name, account]));
  const declared = new Map(facts.declared);
  for (const user of users) {
    const { name, role, uid, comment } = user;
    const before = accounts.get(name);
    accounts.set(name, {
      ...{ name, role, uid, comment },
      hasPassword: user.password !== null || before?.hasPassword === true,
      expires: user.expiry === null ? (before?.expires ?? null) : user.expiry.day,
    });
    declared.set(name, user.declared);
  }
  return { ...facts, accounts: [...accounts.values()], declared };
}
