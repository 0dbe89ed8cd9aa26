import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, readdirSync, readFileSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { isErrno, refused } from '../errors.ts';
import type { KindOnHost } from './kind.ts';
import { lstatOrNull } from './read.ts';

/** Deletes a folder with all that is in it, and nothing that is mounted there or that a symlink leads to. */
export const tree: KindOnHost<'tree'> = {
  read: (host, at) => (lstatOrNull(host.path(at)) === null ? null : {}),

  put(host, at, state) {
    if (state === null && lstatOrNull(host.path(at)) !== null) removeTree(host.path(at), at);
  },
};

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Works through descriptors, so that a folder that somebody swaps for a symlink meanwhile leads nowhere else: another
 * mount of the same files may still be in customers' hands. Folders are moved to the top before they are emptied,
 * because customers nest them deeper than a path can be long and a process can hold open.
 */
function removeTree(path: string, at: string): void {
  const top = openSync(path, FOLDER);
  try {
    const mount = mountOf(top);
    empty(top, top, at);
    for (let names = entriesIn(top); names.length > 0; names = entriesIn(top))
      for (const name of names) {
        const folder = openSync(below(top, name), FOLDER);
        try {
          if (mountOf(folder) !== mount) throw mounted(at);
          empty(folder, top, at);
        } finally {
          closeSync(folder);
        }
        rmdirSync(below(top, name));
      }
  } finally {
    closeSync(top);
  }
  rmdirSync(path);
}

/** Removes what is in a folder but for its folders that are not empty: those are moved to the top. */
function empty(folder: number, top: number, at: string): void {
  for (const name of entriesIn(folder)) {
    const path = below(folder, name);
    try {
      unlinkSync(path);
    } catch (error) {
      if (isErrno(error, 'EBUSY')) throw mounted(at);
      if (!isErrno(error, 'EISDIR')) throw error;
      if (!isRemoved(path, at) && folder !== top) moveTo(top, path, at);
    }
  }
}

/** @returns false for a folder that is not empty */
function isRemoved(folder: Buffer, at: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    if (isErrno(error, 'EBUSY')) throw mounted(at);
    if (isErrno(error, 'ENOTEMPTY')) return false;
    throw error;
  }
}

function moveTo(top: number, folder: Buffer, at: string): void {
  try {
    renameSync(folder, below(top, Buffer.from(`.${randomUUID()}`)));
  } catch (error) {
    throw isErrno(error, 'EBUSY') || isErrno(error, 'EXDEV') ? mounted(at) : error;
  }
}

const mounted = (at: string) =>
  refused(`something is mounted below ${at}`, `findmnt --list | grep ${at}; umount it, then run this again`);

/** Names are bytes: customers choose them. */
const entriesIn = (folder: number): Buffer[] => readdirSync(`/proc/self/fd/${folder}`, { encoding: 'buffer' });
const below = (folder: number, name: Buffer): Buffer => Buffer.concat([Buffer.from(`/proc/self/fd/${folder}/`), name]);

/** The mount that a folder lies on; a bind mount has the same device as what it shows (proc(5), fdinfo). */
export const mountOf = (folder: number): string | undefined =>
  /^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${folder}`, 'utf8'))?.[1];
