import { mountUnitName } from '../conf/systemd.ts';
import { removeEmpty } from './directory.ts';
import type { KindOnHost } from './kind.ts';
import { mountsBelow } from './mounts.ts';
import { lstatOrNull } from './read.ts';
import { sameInode } from './relink.ts';
import type { Services } from './services/services.ts';

/** A file system of its own, in memory, instead of a folder that stands elsewhere. */
const IN_MEMORY = 'tmpfs';

/** What is mounted when it is nothing of ours. */
const OTHER = '(something else)';

/** A mount, as its unit of systemd says; systemd makes the mount point where it is missing. */
export const mountWith = (services: Services): KindOnHost<'mount'> => ({
  read(host, at, wanted) {
    const path = host.path(at);
    if (!mountsBelow(path).includes(path)) return null;
    if (wanted?.from === IN_MEMORY) return { from: IN_MEMORY };
    const [here, there] = [lstatOrNull(path), wanted && lstatOrNull(host.path(wanted.from))];
    return { from: wanted && here && there && sameInode(here, there) ? wanted.from : OTHER };
  },

  async put(host, at, state) {
    const path = host.path(at);
    if (state !== null) return services.startUnit(mountUnitName(at));
    if (mountsBelow(path).includes(path)) await services.stopUnit(mountUnitName(at));
    if (lstatOrNull(path) !== null) removeEmpty(path);
  },
});
