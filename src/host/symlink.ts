import { readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { refused } from '../errors.ts';
import { draftOf, removeDraft } from './draft.ts';
import type { KindOnHost } from './kind.ts';
import { lstatOrNull } from './read.ts';

export const symlink: KindOnHost<'symlink'> = {
  read(host, at) {
    const path = host.path(at);
    const found = lstatOrNull(path);
    if (found === null) return null;
    if (!found.isSymbolicLink()) throw refused(`${at} is not a symlink`, `ls -l ${at}`);
    return { to: readlinkSync(path) };
  },

  put(host, at, state) {
    const path = host.path(at);
    removeDraft(path);
    if (state === null) return rmSync(path, { force: true });
    symlinkSync(state.to, draftOf(path));
    renameSync(draftOf(path), path);
  },
};
