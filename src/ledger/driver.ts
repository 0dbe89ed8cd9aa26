import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isErrno, OperatorError, refused } from '../errors.ts';

/** Where npm puts what is installed for the whole machine, if it is not where we are. */
const GLOBAL = [join(dirname(process.execPath), '../lib/'), '/usr/local/lib/', '/usr/lib/'];

/**
 * A driver that is no part of ours, so that installing sftpjail needs neither a network nor a compiler: from beside us,
 * or from among the packages of the whole machine.
 *
 * @param load imports it by its name
 * @throws OperatorError `refused` with what installs it
 */
export async function loadDriver<Driver>(name: string, version: string, load: () => Promise<Driver>): Promise<Driver> {
  try {
    return await load();
  } catch (error) {
    if (!isMissing(error)) throw unusable(name, version, error);
  }
  for (const folder of GLOBAL) {
    try {
      return createRequire(folder)(join(folder, 'node_modules', name)) as Driver;
    } catch (error) {
      if (!isMissing(error)) throw unusable(name, version, error);
    }
  }
  throw refused(`the ledger needs ${name}, which is not installed`, `npm install --global ${name}@${version}`);
}

const isMissing = (error: unknown): boolean =>
  isErrno(error, 'ERR_MODULE_NOT_FOUND') || isErrno(error, 'MODULE_NOT_FOUND');

const unusable = (name: string, version: string, error: unknown): OperatorError =>
  new OperatorError(
    'refused',
    `${name} cannot be loaded: ${(error as Error).message.split('\n')[0]}`,
    `npm install --global ${name}@${version}`,
    error,
  );
