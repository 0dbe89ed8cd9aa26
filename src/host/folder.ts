import { closeSync, constants, fchmodSync, fchownSync, fstatSync, lstatSync, openSync, rmdirSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import type { States } from '../plan/change.ts';
import type { Host } from './host.ts';
import { inTurn, type KindOnHost } from './kind.ts';
import { isMade } from './make.ts';
import { gidOf, uidOf } from './register.ts';
import { mountOf } from './tree.ts';

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * A folder where its customer reigns: looked at and made through descriptors, one name at a time, so that nothing that was
 * planted there leads anywhere else. Whatever stands in its place stays, and one that is there is never changed again.
 *
 * @param onOccupied told of what is no folder, or lies behind what is none
 */
export function folderWith(onOccupied: (at: string) => void): KindOnHost<'folder'> {
  const put = (host: Host, at: string, state: States['folder'] | null, from: States['folder'] | null): void => {
    const wanted = state ?? from;
    if (wanted === null) return;
    within(host, at, wanted, (path) => {
      if (state === null) removeEmpty(path);
      else if (isMade(path)) handOver(path, uidOf(host, state.owner), gidOf(host, state.group));
    });
  };
  return {
    read(host, at, wanted) {
      if (wanted === null) return null;
      const found = within(host, at, wanted, (path) => lstatSync(path, { throwIfNoEntry: false }) ?? 'absent');
      if (found === 'absent') return null;
      if (found === 'occupied' || !found.isDirectory()) onOccupied(at);
      return wanted;
    },
    put,
    putMany: inTurn(put),
  };
}

/**
 * @param act is given a path of the folder that goes no other way than the one that was gone
 * @returns what `act` does; or that a folder on the way is absent, or is something else
 */
function within<Result>(
  host: Host,
  at: string,
  { below }: States['folder'],
  act: (path: string) => Result,
): Result | 'absent' | 'occupied' {
  const names = at.slice(below.length + 1).split('/');
  const name = names.pop() ?? '';
  let folder: number | undefined;
  try {
    folder = openSync(host.path(below), FOLDER);
    const mount = names.length > 0 ? mountOf(folder) : undefined;
    for (const next of names) {
      const above = folder;
      folder = openSync(`/proc/self/fd/${above}/${next}`, FOLDER);
      closeSync(above);
      if (mountOf(folder) !== mount) return 'occupied';
    }
    return act(`/proc/self/fd/${folder}/${name}`);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'absent';
    if (isErrno(error, 'ENOTDIR') || isErrno(error, 'ELOOP')) return 'occupied';
    throw error;
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}

/** Only what is still root's is handed over: its customer may have put something else there meanwhile. */
function handOver(path: string, uid: number, gid: number): void {
  const folder = openSync(path, FOLDER);
  try {
    if (fstatSync(folder).uid !== 0) return;
    fchownSync(folder, uid, gid);
    fchmodSync(folder, 0o2770);
  } finally {
    closeSync(folder);
  }
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    // It is its customer's: what was put into it stays, and so does what stands in its place.
    if (!['ENOENT', 'ENOTEMPTY', 'ENOTDIR'].some((code) => isErrno(error, code))) throw error;
  }
}
