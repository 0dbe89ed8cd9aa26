import { rmdirSync, type Stats } from 'node:fs';
import { isErrno, reasonOf, refused } from '../errors.ts';
import type { States } from '../plan/change.ts';
import { inThreads, MANY } from './bulk-threads.ts';
import type { Host } from './host.ts';
import { inTurn, type KindOnHost, StillInUse } from './kind.ts';
import { makeDirectory } from './make.ts';
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

  putMany(host, puts) {
    const making = puts.flatMap(({ at, state }) => (state === null ? [] : [{ at, state }]));
    if (making.length < MANY || making.length < puts.length) return inTurn<'directory'>(putDirectory)(host, puts);
    return inThreads(
      'directory',
      making.map(({ at, state }) => ({ path: host.path(at), owner: ownerOf(host, state) })),
    );
  },

  isApart: true,
};

const ownerOf = (host: Host, { owner, group, mode }: States['directory']) => ({
  uid: uidOf(host, owner),
  gid: gidOf(host, group),
  mode: Number.parseInt(mode, 8),
});

function putDirectory(host: Host, at: string, state: States['directory'] | null): void {
  const path = host.path(at);
  if (state !== null) makeDirectory(path, ownerOf(host, state));
  else if (lstatOrNull(path) !== null) removeEmpty(path);
}

export function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    throw isErrno(error, 'ENOTEMPTY') ? new StillInUse(reasonOf(error)) : error;
  }
}
