import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { REPO } from '../support/cache.ts';

/** A Node that has SQLite: this one, or the one that `npm test` brings for the ledger's tests. */
export function nodeWithSqlite(): string {
  if (process.getBuiltinModule?.('node:sqlite' as 'node:fs') !== undefined) return process.execPath;
  const cache = join(REPO, 'node_modules/.cache');
  const brought = existsSync(cache) ? readdirSync(cache) : [];
  const name = `node-linux-${process.arch}`;
  const found = brought
    .map((each) => join(cache, each, 'node_modules', name, 'bin/node'))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error('the ledger needs Node 22.5 or later here: npm test ledger brings one');
  return found;
}
