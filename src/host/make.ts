import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
} from 'node:fs';
import { isErrno } from '../errors.ts';
import { removeDraft } from './draft.ts';
import { type Inode, relink } from './relink.ts';

export interface Owner {
  uid: number;
  gid: number;
  mode: number;
}

/** A directory of that owner, whether or not it was there. */
export function makeDirectory(path: string, { uid, gid, mode }: Owner): void {
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

/** One more name for a socket, in the place of whatever stood there. */
export function makeLink(socket: string, inode: Inode, path: string): void {
  if (isLinked(socket, path)) return;
  relink(socket, inode, path);
  removeDraft(path);
}

/** Most often there is nothing in the way, and the link needs no draft. */
function isLinked(socket: string, path: string): boolean {
  try {
    linkSync(socket, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}
