import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { REPO } from './cache.ts';

/** A Node that has SQLite: this one, or the one that run.js brought; null where there is none. */
export function nodeWithSqlite(): string | null {
  if (process.getBuiltinModule('node:sqlite') !== undefined) return process.execPath;
  const cache = join(REPO, 'node_modules/.cache');
  const found = (existsSync(cache) ? readdirSync(cache) : [])
    .map((version) => join(cache, version, 'node_modules', `node-linux-${process.arch}`, 'bin/node'))
    .filter(existsSync);
  return found.at(-1) ?? null;
}
