import { renameSync } from 'node:fs';
import type { KindOnHost } from './kind.ts';
import { lstatOrNull } from './read.ts';

/** A jail that was moved aside, from `at` to where the state says; the uids in it stay reserved. */
export const retired: KindOnHost<'retired'> = {
  read(host, at, wanted) {
    const moved = wanted && lstatOrNull(host.path(at)) === null && lstatOrNull(host.path(wanted.to)) !== null;
    return moved ? wanted : null;
  },

  put(host, at, state, other) {
    const [from, to] = state === null ? [other?.to, at] : [at, state.to];
    if (from !== undefined && to !== undefined && lstatOrNull(host.path(from)) !== null)
      renameSync(host.path(from), host.path(to));
  },
};
