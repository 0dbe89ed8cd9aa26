import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lchownSync,
  mkdirSync,
  openSync,
  rmdirSync,
  type Stats,
} from 'node:fs';
import { isErrno, reasonOf, refused } from '../errors.ts';
import type { States } from '../plan/change.ts';
import type { Host } from './host.ts';
import { inTurn, type KindOnHost, StillInUse } from './kind.ts';
import { lstatOrNull } from './read.ts';
import { gidOf, groupName, ownerName, uidOf } from './register.ts';

/** Permission bits as four octal digits. */
const modeText = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');

export const ownership = (host: Host, { uid, gid, mode }: Stats) => ({
  owner: ownerName(host, uid),
  group: groupName(host, gid),
  mode: modeText(mode),
});

export const directory: KindOnHost<'directory'> = {
  read(host, at) {
    const found = lstatOrNull(host.path(at));
    if (found === null) return null;
    if (!found.isDirectory())
      throw refused(`${at} is not a directory${found.isSymbolicLink() ? ' but a symlink' : ''}`, `ls -ld ${at}`);
    return ownership(host, found);
  },

  put: putDirectory,
  putMany: inTurn(putDirectory),
};

function putDirectory(host: Host, at: string, state: States['directory'] | null): void {
  const path = host.path(at);
  if (state === null) {
    if (lstatOrNull(path) !== null) removeEmpty(path);
    return;
  }
  const [uid, gid, mode] = [uidOf(host, state.owner), gidOf(host, state.group), Number.parseInt(state.mode, 8)];
  if (isMade(path)) {
    // Nobody else can put anything in the place of what has just been made in a folder that is root's.
    lchownSync(path, uid, gid);
    chmodSync(path, mode);
    return;
  }
  // Through a descriptor, because the customer owns some of these: what is looked at is what is changed.
  const open = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    fchownSync(open, uid, gid);
    fchmodSync(open, mode);
  } finally {
    closeSync(open);
  }
}

/** @returns false where something stands there already */
export function isMade(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

export function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    throw isErrno(error, 'ENOTEMPTY') ? new StillInUse(reasonOf(error)) : error;
  }
}
