import { constants, lstatSync } from 'node:fs';
import { KEYS_FOLDER } from '../conf/sshd-drop-in.ts';
import type { Account } from '../plan/facts.ts';
import type { Looking } from './looking.ts';

/** As much of a look at a file as is judged: of many thousand jails, whole Stats would be most of what is kept in memory. */
export interface SeenFile {
  mode: number;
  uid: number;
  gid: number;
  dev: number;
  ino: number;
  size: number;
}

/** What stands on the disk for one account, undefined for what does not; an administrator has keys alone. */
export interface SeenJail {
  account: Account;
  jail: SeenFile | undefined;
  data: SeenFile | undefined;
  dev: SeenFile | undefined;
  log: SeenFile | undefined;
  keys: SeenFile | undefined;
}

const QUIET = { throwIfNoEntry: false } as const;

export function lookAt(path: string): SeenFile | undefined {
  const found = lstatSync(path, QUIET);
  if (found === undefined) return undefined;
  const { mode, uid, gid, dev, ino, size } = found;
  return { mode, uid, gid, dev, ino, size };
}

const isKind =
  (kind: number) =>
  ({ mode }: Pick<SeenFile, 'mode'>): boolean =>
    (mode & constants.S_IFMT) === kind;

export const isFolder = isKind(constants.S_IFDIR);
export const isFile = isKind(constants.S_IFREG);
export const isSymlink = isKind(constants.S_IFLNK);
export const isSocket = isKind(constants.S_IFSOCK);

/** Synchronous calls and plain strings: there may be many thousand jails. */
export function lookAtJails({ host, config, accounts }: Pick<Looking, 'host' | 'config' | 'accounts'>): SeenJail[] {
  const root = host.path(config.root);
  const keysFolder = host.path(KEYS_FOLDER);
  return accounts().map((account) => {
    const keys = lookAt(`${keysFolder}/${account.name}`);
    if (account.role === 'admin')
      return { account, jail: undefined, data: undefined, dev: undefined, log: undefined, keys };
    const at = `${root}/${account.name}`;
    return {
      account,
      jail: lookAt(at),
      data: lookAt(`${at}/${config.data}`),
      dev: lookAt(`${at}/dev`),
      log: lookAt(`${at}/dev/log`),
      keys,
    };
  });
}

/** Permission bits as an administrator writes them. */
export const modeText = ({ mode }: { mode: number }): string => (mode & 0o7777).toString(8).padStart(4, '0');

/** What is looked at of an owner and a mode. */
export type Rights = Pick<SeenFile, 'uid' | 'gid' | 'mode'>;

/** Whether a customer, whose only group that counts is that of the files, has all of these rights (rwx bits of one class). */
export function mayUse({ uid, gid, mode }: Rights, who: { uid: number; gid: number | null }, wanted: number): boolean {
  const shift = uid === who.uid ? 6 : gid === who.gid ? 3 : 0;
  return ((mode >> shift) & wanted) === wanted;
}
