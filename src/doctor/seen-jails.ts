import { lstatSync, type Stats } from 'node:fs';
import { KEYS_FOLDER } from '../conf/sshd-drop-in.ts';
import type { Account } from '../plan/facts.ts';
import type { Looking } from './looking.ts';

/** What stands on the disk for one account, undefined for what does not; an administrator has keys alone. */
export interface SeenJail {
  account: Account;
  jail: Stats | undefined;
  data: Stats | undefined;
  dev: Stats | undefined;
  log: Stats | undefined;
  keys: Stats | undefined;
}

const QUIET = { throwIfNoEntry: false } as const;

/** Synchronous calls and plain strings: there may be many thousand jails. */
export function lookAtJails({ host, config, accounts }: Pick<Looking, 'host' | 'config' | 'accounts'>): SeenJail[] {
  const root = host.path(config.root);
  const keysFolder = host.path(KEYS_FOLDER);
  return accounts().map((account) => {
    const keys = lstatSync(`${keysFolder}/${account.name}`, QUIET);
    if (account.role === 'admin')
      return { account, jail: undefined, data: undefined, dev: undefined, log: undefined, keys };
    const at = `${root}/${account.name}`;
    return {
      account,
      jail: lstatSync(at, QUIET),
      data: lstatSync(`${at}/${config.data}`, QUIET),
      dev: lstatSync(`${at}/dev`, QUIET),
      log: lstatSync(`${at}/dev/log`, QUIET),
      keys,
    };
  });
}

/** Permission bits as an administrator writes them. */
export const modeText = ({ mode }: { mode: number }): string => (mode & 0o7777).toString(8).padStart(4, '0');

/** What is looked at of an owner and a mode. */
export type Rights = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/** Whether a customer, whose only group that counts is that of the files, has all of these rights (rwx bits of one class). */
export function mayUse({ uid, gid, mode }: Rights, who: { uid: number; gid: number | null }, wanted: number): boolean {
  const shift = uid === who.uid ? 6 : gid === who.gid ? 3 : 0;
  return ((mode >> shift) & wanted) === wanted;
}
