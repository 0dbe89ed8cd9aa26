import { isUtf8 } from 'node:buffer';
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { refused } from '../errors.ts';
import type { States } from '../plan/change.ts';
import { finish, newBulk } from './bulk.ts';
import { inThreads, MANY } from './bulk-threads.ts';
import { ownership } from './directory.ts';
import { type DoneToEach, type Replacement, removeDraft, replaceFile, replaceFiles, syncFolder } from './draft.ts';
import type { Host } from './host.ts';
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

  put: (host, at, state) => {
    if (state !== null) {
      const { path, content, owner } = replacement(host, at, state);
      return replaceFile(path, content, owner);
    }
    for (const folder of removed(host, [at])) syncFolder(folder);
  },

  async putMany(host, puts) {
    const going = puts.flatMap(({ at, state }) => (state === null ? [at] : []));
    for (const folder of removed(host, going)) syncFolder(folder);
    const files = puts.flatMap(({ at, state }) => (state === null ? [] : [replacement(host, at, state)]));
    if (files.length < FEW) for (const { path, content, owner } of files) replaceFile(path, content, owner);
    else await replaceFiles(files, toEach, () => syncDisks(host, files));
  },
};

/** Fewer files are brought to the disk one by one sooner than a program starts that does it for all. */
const FEW = 8;

const toEach: DoneToEach = async (act, files) =>
  files.length < MANY ? finish(newBulk(act, files)) : inThreads(act, files);

function replacement(host: Host, at: string, state: States['file']): Replacement {
  const owner = { uid: uidOf(host, state.owner), gid: gidOf(host, state.group), mode: Number.parseInt(state.mode, 8) };
  return { path: host.path(at), content: state.content, owner };
}

/** Removes files. @returns the folders that they stood in */
function removed(host: Host, files: readonly string[]): Set<string> {
  const paths = files.map((at) => host.path(at)).filter((path) => lstatOrNull(dirname(path)) !== null);
  for (const path of paths) {
    removeDraft(path);
    rmSync(path, { force: true });
  }
  return new Set(paths.map((path) => dirname(path)));
}

/** Brings the file systems of these files to the disk; an older or smaller sync(1) knows all of them only. */
async function syncDisks(host: Host, files: readonly Replacement[]): Promise<void> {
  const folders = [...new Set(files.map(({ path }) => dirname(path)))];
  const { code } = await host.outside.run('sync', ['--file-system', ...folders]);
  if (code !== 0) await host.outside.must('sync', []);
}

/** A text that is put back on the way back must be the same to the byte, so what is no UTF-8 is not touched at all. */
function textIn(path: string, at: string): string {
  const bytes = readFileSync(path);
  if (!isUtf8(bytes)) throw refused(`${at} is not UTF-8 text`, `iconv -f latin1 -t utf8 ${at}`);
  return bytes.toString();
}
