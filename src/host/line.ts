import { readFileSync } from 'node:fs';
import { pamLineIn, withPamLine } from '../conf/pam.ts';
import { refused } from '../errors.ts';
import { removeDraft, replaceFile } from './draft.ts';
import type { Host } from './host.ts';
import type { KindOnHost } from './kind.ts';
import { lstatOrNull } from './read.ts';

/** One line of ours in a file that is another's, and keeps its owner, its mode and every other byte. */
export const line: KindOnHost<'line'> = {
  read(host, at) {
    const text = textIn(host, at);
    const found = text === null ? null : pamLineIn(text);
    return found === null ? null : { line: found };
  },

  put(host, at, state) {
    const path = host.path(at);
    removeDraft(path);
    const text = textIn(host, at);
    if (text === null) {
      if (state === null) return;
      throw refused(`there is no ${at}`, `ls -l ${at}`);
    }
    const wanted = withPamLine(text, state?.line ?? null);
    if (wanted === text) return;
    const { uid, gid, mode } = lstatOrNull(path) ?? { uid: 0, gid: 0, mode: 0o644 };
    replaceFile(path, Buffer.from(wanted, 'latin1'), { uid, gid, mode: mode & 0o7777 });
  },
};

/** One character for each byte. */
function textIn(host: Host, at: string): string | null {
  const path = host.path(at);
  const found = lstatOrNull(path);
  if (found === null) return null;
  if (!found.isFile())
    throw refused(`${at} is not a regular file${found.isSymbolicLink() ? ' but a symlink' : ''}`, `ls -l ${at}`);
  return readFileSync(path, 'latin1');
}
