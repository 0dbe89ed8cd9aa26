import { refused } from '../errors.ts';
import type { KindOnHost } from './kind.ts';
import { mountsBelow } from './mounts.ts';
import { lstatOrNull } from './read.ts';

/** Deletes a folder that nobody but root can reach any more, so that nobody can swap a symlink into it meanwhile. */
export const tree: KindOnHost<'tree'> = {
  read: (host, at) => (lstatOrNull(host.path(at)) === null ? null : {}),

  async put(host, at, state) {
    if (state !== null) return;
    const [mount] = mountsBelow(host.path(at));
    if (mount !== undefined) throw refused(`${mount} is mounted below ${at}`, `umount ${mount}`);
    const { remove } = await import('fs-extra');
    await remove(host.path(at));
  },
};
