import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno, refused } from '../errors.ts';
import { shellQuote } from '../quote.ts';

/**
 * Refuses a path of a mounted image that leads out of it. Programs of this machine work on the image too and follow its
 * symlinks as the kernel does from here, an absolute one to this machine's own files; so none is followed differently.
 *
 * @throws OperatorError `refused`
 */
export function refuseOutside(sysroot: string, path: string): void {
  for (let at = path; at.startsWith(`${sysroot}/`); at = dirname(at)) {
    const real = realOrNull(at);
    if (real === null && !isLink(at)) continue;
    if (real === sysroot || real?.startsWith(`${sysroot}/`)) return;
    throw refused(
      `${at} leads out of the image${real === null ? '' : `, to ${real}`}`,
      `find the symlink and make it a relative one: namei -l ${shellQuote(at)}`,
    );
  }
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].some((code) => isErrno(error, code))) return null;
    throw error;
  }
}

const isLink = (path: string): boolean => {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
};
