import { isUtf8 } from 'node:buffer';
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { refused } from '../errors.ts';
import { ownership } from './directory.ts';
import { removeDraft, replaceFile, syncFolder } from './draft.ts';
import type { KindOnHost } from './kind.ts';
import { lstatOrNull } from './read.ts';
import { gidOf, uidOf } from './register.ts';

export const file: KindOnHost<'file'> = {
  read(host, at) {
    const path = host.path(at);
    const found = lstatOrNull(path);
    if (found === null) return null;
    if (!found.isFile())
      throw refused(`${at} is not a regular file${found.isSymbolicLink() ? ' but a symlink' : ''}`, `ls -l ${at}`);
    return { ...ownership(host, found), content: textIn(path, at) };
  },

  put(host, at, state) {
    const path = host.path(at);
    if (state !== null) {
      const owner = {
        uid: uidOf(host, state.owner),
        gid: gidOf(host, state.group),
        mode: Number.parseInt(state.mode, 8),
      };
      return replaceFile(path, state.content, owner);
    }
    if (lstatOrNull(dirname(path)) === null) return;
    removeDraft(path);
    rmSync(path, { force: true });
    syncFolder(dirname(path));
  },
};

/** A text that is put back on the way back must be the same to the byte, so what is no UTF-8 is not touched at all. */
function textIn(path: string, at: string): string {
  const bytes = readFileSync(path);
  if (!isUtf8(bytes)) throw refused(`${at} is not UTF-8 text`, `iconv -f latin1 -t utf8 ${at}`);
  return bytes.toString();
}
