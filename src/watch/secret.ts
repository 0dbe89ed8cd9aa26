import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { credentialOf } from '../conf/systemd.ts';
import { isErrno, reasonOf } from '../errors.ts';

/** One line of a file that only root may read. */
export function readSecret(path: string): string {
  const { CREDENTIALS_DIRECTORY: folder } = process.env;
  const places = [...(folder ? [join(folder, credentialOf(path))] : []), path];
  for (const place of places) {
    try {
      return readFileSync(place, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      if (place === path || !isErrno(error, 'ENOENT')) throw new Error(`cannot read ${path}: ${reasonOf(error)}`);
    }
  }
  throw new Error(`cannot read ${path}`);
}
