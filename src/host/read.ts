import { lstatSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { isErrno, refused } from '../errors.ts';
import { shellQuote } from '../quote.ts';

/** lstat, with null for what does not exist, also because something on the way is no folder. */
export function lstatOrNull(path: string): Stats | null {
  try {
    return lstatSync(path, QUIET) ?? null;
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return null;
    throw error;
  }
}

/** An error for each of thousands of things that are not there would take most of the time. */
const QUIET = { throwIfNoEntry: false } as const;

/** The text of a file, or null where there is none. */
export function textOrNull(path: string): string | null {
  try {
    return statSync(path, QUIET) === undefined ? null : readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return null;
    // Only here is it known which: the error of a read names no path.
    if (isErrno(error, 'EISDIR')) throw refused(`${path} is a folder, not a file`, `ls -ld ${shellQuote(path)}`);
    throw error;
  }
}

/** The names in a folder; none for a folder that does not exist or may not be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR') || isErrno(error, 'EACCES')) return [];
    throw error;
  }
}
