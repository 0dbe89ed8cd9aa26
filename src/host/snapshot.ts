import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isErrno, refused } from '../errors.ts';
import { shellQuote } from '../quote.ts';
import { generationsAmong, inOrderOfAge } from './generations.ts';
import { type LogFile, openLogFile, type Reading } from './log-file.ts';
import { namesIn } from './read.ts';

interface Found {
  path: string;
  id: string;
  modified: Date;
}

const ATTEMPTS = 50;

/**
 * A log and its rotated generations, oldest first, all of them open at one moment: where names moved while they were
 * being opened, it starts over. Afterwards a rotation changes nothing any more.
 *
 * @param log the path of the log; it need not exist itself
 * @param since epoch milliseconds; generations that were last written to before are left out, but for the newest of
 *   them: a session that goes on after `since` began there, if not later
 * @returns null where there is neither the log nor a generation of it
 * @throws OperatorError `refused` for a file that may not be read
 */
export async function openGenerations(log: string, since: number | null, reading: Reading): Promise<LogFile[] | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await generationsOf(log);
    if (found.length === 0) return null;
    const wanted = found.slice(Math.max(0, firstSince(found, since) - 1));
    const open: (LogFile | null)[] = [];
    let settled = false;
    try {
      for (const { path } of wanted) open.push(await openLogFile(path, reading));
      settled = open.every((file, index) => file?.id === wanted[index]?.id) && same(found, await generationsOf(log));
    } finally {
      if (!settled) await closeAll(open);
    }
    if (settled) return open.filter((file) => file !== null);
  }
  throw refused(`${log} is being rotated again and again`, `ls -l ${shellQuote(dirname(log))}`);
}

function firstSince(found: readonly Found[], since: number | null): number {
  const first = found.findIndex(({ modified }) => since === null || modified.getTime() >= since);
  return first < 0 ? found.length : first;
}

export async function closeAll(files: readonly (LogFile | null)[]): Promise<void> {
  for (const file of files) await file?.close();
}

async function generationsOf(log: string): Promise<Found[]> {
  const names = generationsAmong(namesIn(dirname(log)), basename(log));
  // The log itself may be readable in a folder that is not.
  const paths = new Set([log, ...names.map((name) => join(dirname(log), name))]);
  const found = await Promise.all([...paths].map(look));
  return inOrderOfAge(found.filter((file) => file !== null));
}

/** Only files: what else lies beside a log under its name is none of its generations. */
async function look(path: string): Promise<Found | null> {
  try {
    const stats = await stat(path, { bigint: true });
    return stats.isFile() ? { path, id: `${stats.dev}:${stats.ino}`, modified: stats.mtime } : null;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].some((code) => isErrno(error, code))) return null;
    throw error;
  }
}

const same = (one: readonly Found[], other: readonly Found[]): boolean =>
  one.length === other.length &&
  one.every(({ path, id }, index) => path === other[index]?.path && id === other[index].id);
