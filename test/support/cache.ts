import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const CACHE = '/var/cache/sftpjail-test';
export const REPO = resolve(import.meta.dirname, '../..');

/** A short hash of files' names and contents, for cache entries that a changed source must not reuse. */
export function hashOf(folder: string, names: readonly string[] = readdirSync(folder).sort(), salt = ''): string {
  const hash = createHash('sha256').update(salt);
  for (const name of names) hash.update(`\0${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}
