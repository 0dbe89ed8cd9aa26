import { constants, lstatSync } from 'node:fs';
import { setImmediate as pause } from 'node:timers/promises';
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

/** So many jails are looked at before whoever waits for some program gets a turn. */
const BATCH = 200;

/** Synchronous calls and plain strings, because there may be many thousand jails; and pauses, for the same reason. */
export async function lookAtJails({
  host,
  config,
  accounts,
}: Pick<Looking, 'host' | 'config' | 'accounts'>): Promise<SeenJail[]> {
  const root = host.path(config.root);
  const keysFolder = host.path(KEYS_FOLDER);
  const seen: SeenJail[] = [];
  for (const account of accounts()) {
    if (seen.length % BATCH === BATCH - 1) await pause();
    seen.push(lookAtJail(account, root, config.data, keysFolder));
  }
  return seen;
}

function lookAtJail(account: Account, root: string, data: string, keysFolder: string): SeenJail {
  const keys = lookAt(`${keysFolder}/${account.name}`);
  if (account.role === 'admin')
    return { account, jail: undefined, data: undefined, dev: undefined, log: undefined, keys };
  const at = `${root}/${account.name}`;
  return {
    account,
    jail: lookAt(at),
    data: lookAt(`${at}/${data}`),
    dev: lookAt(`${at}/dev`),
    log: lookAt(`${at}/dev/log`),
    keys,
  };
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
