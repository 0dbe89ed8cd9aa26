import { directory } from './directory.ts';
import type { KindOnHost } from './kind.ts';
import { tree } from './tree.ts';

/** A folder in which nobody but a daemon of ours keeps anything: what was made a moment ago goes with what is in it by now. */
export const daemonFolder: KindOnHost<'daemonFolder'> = {
  read: (host, at, wanted) => directory.read(host, at, wanted),

  put(host, at, state, from) {
    if (state === null) return tree.put(host, at, null, {});
    return directory.put(host, at, state, from);
  },
};
