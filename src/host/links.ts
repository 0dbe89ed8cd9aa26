import { rmSync } from 'node:fs';
import { refused } from '../errors.ts';
import type { States } from '../plan/change.ts';
import { inThreads, MANY } from './bulk-threads.ts';
import { removeDraft } from './draft.ts';
import type { Host } from './host.ts';
import { inTurn, type KindOnHost } from './kind.ts';
import { makeLink } from './make.ts';
import { lstatOrNull } from './read.ts';
import { type Inode, sameInode } from './relink.ts';

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

  putMany(host, puts) {
    const targets = new Set(puts.map(({ state }) => state?.to ?? STALE));
    const [to = STALE] = targets;
    if (puts.length < MANY || targets.size > 1 || to === STALE) return inTurn<'link'>(putLink)(host, puts);
    const [socket, inode] = [host.path(to), socketAt(host, to)];
    return inThreads(
      'link',
      puts.map(({ at }) => ({ path: host.path(at), socket, inode })),
    );
  },

  isApart: true,
};

function socketAt(host: Host, at: string): Inode {
  const found = lstatOrNull(host.path(at));
  if (!found?.isSocket()) throw refused(`there is no log socket at ${at}`, 'sftpjail init');
  return { dev: found.dev, ino: found.ino };
}

function putLink(host: Host, at: string, state: States['link'] | null): void {
  const path = host.path(at);
  if (state === null) {
    removeDraft(path);
    rmSync(path, { force: true });
  } else if (state.to !== STALE) makeLink(host.path(state.to), socketAt(host, state.to), path);
}

/** A daemon's socket, cleared away once its daemon has let go of it. */
export const socket: KindOnHost<'socket'> = {
  read: (host, at) => (lstatOrNull(host.path(at)) === null ? null : {}),

  put: putSocket,
  putMany: inTurn(putSocket),
  isApart: true,
};

function putSocket(host: Host, at: string, state: States['socket'] | null): void {
  if (state === null) rmSync(host.path(at), { force: true });
}
