import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import { draftOf } from './draft.ts';

export interface Inode {
  dev: number;
  ino: number;
}

export const sameInode = (one: Inode, other: Inode): boolean => one.ino === other.ino && one.dev === other.dev;

const QUIET = { throwIfNoEntry: false } as const;

/** How often another run may get in the way of one link: each time it does, it has brought that link further itself. */
const ATTEMPTS = 20;

/**
 * Points one link at the socket, with no moment at which there is none. What stood at `path` is replaced, unless it is a
 * directory. No draft stays, neither its own nor one of a killed run, with one exception: where another run made the
 * same link in the same moment, the draft is an extra name of the socket until the next call removes it.
 *
 * @param inode what stood at `socket` when it was last looked at; a newer one is linked all the same
 * @returns whether anything had to be done
 */
export function relink(socket: string, inode: Inode, path: string, draft = draftOf(path)): boolean {
  for (let attempt = 1; ; attempt++) {
    const found = lstatSync(path, QUIET);
    if (found !== undefined && sameInode(found, inode)) {
      if (lstatSync(draft, QUIET) !== undefined) remove(draft);
      return false;
    }
    try {
      linkSync(socket, draft);
      renameSync(draft, path);
      return true;
    } catch (error) {
      cleared(draft);
      if (attempt === ATTEMPTS || !isInTheWay(error)) throw error;
    }
  }
}

/** A draft that was there already, or one that another run took for left behind. */
const isInTheWay = (error: unknown): boolean =>
  isErrno(error, 'EEXIST') || (isErrno(error, 'ENOENT') && (error as NodeJS.ErrnoException).syscall === 'rename');

function remove(draft: string): void {
  try {
    unlinkSync(draft);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

/** For use beside an error that says more. */
function cleared(draft: string): void {
  try {
    unlinkSync(draft);
  } catch {
    // Most often there is none.
  }
}
