import { rmSync } from 'node:fs';
import { refused } from '../errors.ts';
import { removeDraft } from './draft.ts';
import type { KindOnHost } from './kind.ts';
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

  put(host, at, state) {
    const path = host.path(at);
    if (state === null) {
      removeDraft(path);
      rmSync(path, { force: true });
    } else if (state.to !== STALE) {
      const target = lstatOrNull(host.path(state.to));
      if (!target?.isSocket()) throw refused(`there is no log socket at ${state.to}`, 'sftpjail init');
      relink(host.path(state.to), target, path);
      removeDraft(path);
    }
  },
};

/** A daemon's socket, cleared away once its daemon has let go of it. */
export const socket: KindOnHost<'socket'> = {
  read: (host, at) => (lstatOrNull(host.path(at)) === null ? null : {}),

  put(host, at, state) {
    if (state === null) rmSync(host.path(at), { force: true });
  },
};
