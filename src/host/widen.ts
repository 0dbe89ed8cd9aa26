import { chmodSync, closeSync, constants, fstatSync, openSync, type Stats } from 'node:fs';
import { isErrno } from '../errors.ts';
import { mountOf } from './tree.ts';

/** open(2): only a place is taken hold of, so that no pipe or device of a customer's is ever opened. */
const O_PATH = 0o10000000;
const [FOLDER, THING] = [O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW, O_PATH | constants.O_NOFOLLOW];

/** Whose thing it has to be. */
export interface Owner {
  uid: number;
  gid: number;
}

const [SPECIAL, STICKY, PLAIN] = [0o7000, 0o1000, 0o777];

/**
 * Gives the group of a customer's own file or folder its bits: rw, and rwxs for a folder. Each name is opened in the
 * folder that was opened before it, so that whatever is put in the place of one meanwhile leads nowhere else, and what is
 * judged is what is changed. A file that has a second name is left alone, and one with bits that programs run by.
 *
 * @param top folders from the root on, of which only root decides what stands there, the last but for its own mode
 * @param names further ones below, as bytes in latin1, which their customer chooses
 */
export function widen(
  top: readonly string[],
  names: readonly string[],
  owner: Owner,
  only: 'files' | 'folders' | 'both',
): void {
  const open: number[] = [];
  const enter = (path: string | Buffer, flags: number): number => {
    const descriptor = openSync(path, flags);
    open.push(descriptor);
    return descriptor;
  };
  try {
    const [first = '', ...rest] = top;
    let at = enter(first, FOLDER);
    for (const name of rest) at = enter(`/proc/self/fd/${at}/${name}`, FOLDER);
    const mount = mountOf(at);
    for (const [index, name] of names.entries()) {
      const path = Buffer.from(`/proc/self/fd/${at}/${name}`, 'latin1');
      at = enter(path, index < names.length - 1 ? FOLDER : THING);
      if (mountOf(at) !== mount) return;
    }
    const found = fstatSync(at);
    const mode = wantedMode(found, owner, only);
    if (mode !== null && mode !== (found.mode & 0o7777)) chmodSync(`/proc/self/fd/${at}`, mode);
  } catch (error) {
    // Removed or renamed by now, or something else stands there.
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].some((code) => isErrno(error, code))) throw error;
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}

/** What it should have; null for what is not to be touched. No bit comes from anywhere but what was seen or is given. */
function wantedMode(found: Stats, { uid, gid }: Owner, only: 'files' | 'folders' | 'both'): number | null {
  if (found.uid !== uid || found.gid !== gid) return null;
  if (found.isDirectory() && only !== 'files') return (found.mode & (STICKY | PLAIN)) | 0o2070;
  const isPlainFile = found.isFile() && found.nlink === 1 && (found.mode & SPECIAL) === 0;
  return isPlainFile && only !== 'folders' ? (found.mode & PLAIN) | 0o060 : null;
}
