import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { isErrno, OperatorError, refused } from '../errors.ts';

/** Where npm puts what is installed for the whole machine, if it is not where we are. */
const GLOBAL = [join(dirname(process.execPath), '../lib/'), '/usr/local/lib/', '/usr/lib/'];

/** With the versions that were tried. */
export const DRIVERS = { 'better-sqlite3': '12.11.1', pg: '8.23.1' } as const;

type DriverName = keyof typeof DRIVERS;

const installing = (name: DriverName): string => `npm install --global ${name}@${DRIVERS[name]}`;

/**
 * A driver that is no part of ours, so that installing sftpjail needs neither a network nor a compiler: from beside us,
 * or from among the packages of the whole machine.
 *
 * @param load imports it by its name
 * @throws OperatorError `refused` with what installs it
 */
export async function loadDriver<Driver>(name: DriverName, load: () => Promise<Driver>): Promise<Driver> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw unusable(name, error);
  }
  for (const folder of GLOBAL) {
    try {
      return createRequire(folder)(join(folder, 'node_modules', name)) as Driver;
    } catch (error) {
      if (!isMissing(error)) throw unusable(name, error);
    }
  }
  throw refused(`the ledger needs ${name}, which is not installed`, installing(name));
}

/** What a ledger there still needs to be installed, as a command; null where it needs nothing. */
export function missingDriver(database: string): string | null {
  const name = database.startsWith('postgres') ? 'pg' : 'better-sqlite3';
  // Node has SQLite itself from 22.5 on.
  const isBuiltIn = name !== 'pg' && process.getBuiltinModule !== undefined && isBuiltin('node:sqlite');
  return isBuiltIn || hasDriver(name) ? null : installing(name);
}

function hasDriver(name: DriverName): boolean {
  const find = (from: string, what: string): boolean => {
    try {
      createRequire(from).resolve(what);
      return true;
    } catch {
      return false;
    }
  };
  return find(import.meta.filename, name) || GLOBAL.some((folder) => find(folder, join(folder, 'node_modules', name)));
}

const isMissing = (error: unknown): boolean =>
  isErrno(error, 'ERR_MODULE_NOT_FOUND') || isErrno(error, 'MODULE_NOT_FOUND');

const unusable = (name: DriverName, error: unknown): OperatorError =>
  new OperatorError(
    'refused',
    `${name} cannot be loaded: ${(error as Error).message.split('\n')[0]}`,
    installing(name),
    error,
  );
