import { linkSync, rmSync } from 'node:fs';
import { isErrno, refused } from '../errors.ts';
import type { States } from '../plan/change.ts';
import { removeDraft } from './draft.ts';
import type { Host } from './host.ts';
import { inTurn, type KindOnHost } from './kind.ts';
import { lstatOrNull } from './read.ts';
import { relink, sameInode } from './relink.ts';

/** What a link is when it leads to no socket of ours: it cannot be had back, and nobody would want it. */
const STALE = '(another inode)';

export const link: KindOnHost<'link'> = {
  read(host, at, wanted) {
    const found = lstatOrNull(host.path(at));
    if (found === null) return null;
    const target = wanted && lstatOrNull(host.path(wanted.to));
    return { to: wanted && target && sameInode(found, target) ? wanted.to : STALE };
  },

  put: putLink,
  putMany: inTurn(putLink),
};

/** Most often there is nothing in the way, and the link needs no draft. */
function isLinked(target: string, path: string): boolean {
  try {
    linkSync(target, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

function putLink(host: Host, at: string, state: States['link'] | null): void {
  const path = host.path(at);
  if (state === null) {
    removeDraft(path);
    rmSync(path, { force: true });
  } else if (state.to !== STALE) {
    const target = lstatOrNull(host.path(state.to));
    if (!target?.isSocket()) throw refused(`there is no log socket at ${state.to}`, 'sftpjail init');
    if (isLinked(host.path(state.to), path)) return;
    relink(host.path(state.to), target, path);
    removeDraft(path);
  }
}

/** A daemon's socket, cleared away once its daemon has let go of it. */
export const socket: KindOnHost<'socket'> = {
  read: (host, at) => (lstatOrNull(host.path(at)) === null ? null : {}),

  put: putSocket,
  putMany: inTurn(putSocket),
};

function putSocket(host: Host, at: string, state: States['socket'] | null): void {
  if (state === null) rmSync(host.path(at), { force: true });
}
