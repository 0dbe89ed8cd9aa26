import { closeSync, constants, fchmodSync, fchownSync, openSync, rmSync } from 'node:fs';
import { refused } from '../errors.ts';
import { ownership } from './directory.ts';
import type { KindOnHost } from './kind.ts';
import { lstatOrNull } from './read.ts';
import { gidOf, uidOf } from './register.ts';

/** A log is made empty with the rights that rsyslog's user needs; one that holds lines is evidence and stays. */
export const log: KindOnHost<'log'> = {
  read(host, at) {
    const found = lstatOrNull(host.path(at));
    if (found === null) return null;
    if (!found.isFile()) throw refused(`${at} is not a regular file`, `ls -l ${at}`);
    return ownership(host, found);
  },

  put(host, at, state) {
    const path = host.path(at);
    if (state === null) {
      if (lstatOrNull(path)?.size === 0) rmSync(path);
      return;
    }
    // Its folder may belong to rsyslog's group (on Ubuntu it does), so a symlink put there must lead nowhere.
    const open = openSync(
      path,
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      fchownSync(open, uidOf(host, state.owner), gidOf(host, state.group));
      fchmodSync(open, Number.parseInt(state.mode, 8));
    } finally {
      closeSync(open);
    }
  },
};
