import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isErrno } from '../errors.ts';
import { LEDGER_FILE, LEDGER_FOLDER } from '../plan/ledger-place.ts';

const STAMP = join(LEDGER_FOLDER, 'import.stamp');

/** What an import depends on, as it was before it: files by what changes with their bytes. */
interface Stamp {
  config: string;
  logs: readonly string[];
  boot: string;
  /** Each file's path with what stat says of it. */
  files: Record<string, string>;
}

/**
 * What is there to be imported, to be kept once it was: before anything is read, so that a line that comes meanwhile
 * makes a difference.
 *
 * @param config the file that names the logs
 */
export function look(config: string, logs: readonly string[]): Stamp {
  const paths = [config, ...logs.flatMap(generations)];
  const files = Object.fromEntries(paths.map((path) => [path, stateOf(path)]));
  return { config, logs, boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'), files };
}

/** All of it is in the ledger in LEDGER_FILE. */
export function keep(stamp: Stamp): void {
  const draft = `${STAMP}.new`;
  rmSync(draft, { force: true });
  // The folder can be the daemon's: root follows no link there.
  writeFileSync(draft, JSON.stringify({ ...stamp, ledger: ledgerFile() }), { mode: 0o600, flag: 'wx' });
  renameSync(draft, STAMP);
}

/** Whether nothing has changed since all was imported, as far as stat can tell: without a configuration or database being read. */
export function isImported(config: string): boolean {
  try {
    const { ledger, ...stamp } = JSON.parse(read(STAMP)) as Stamp & { ledger: string };
    return (
      stamp.config === config &&
      ledger === ledgerFile() &&
      JSON.stringify(look(config, stamp.logs)) === JSON.stringify(stamp)
    );
  } catch {
    // There is none yet, or not for us.
    return false;
  }
}

/** No link is followed, and no pipe waited for. */
function read(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Another file of that name is another ledger. */
function ledgerFile(): string {
  const { dev, ino } = statSync(LEDGER_FILE);
  return `${dev}:${ino}`;
}

function generations(log: string): string[] {
  const folder = dirname(log);
  const name = basename(log);
  return namesIn(folder)
    .filter((entry) => entry.startsWith(name))
    .sort()
    .map((entry) => join(folder, entry));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function stateOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? '' : `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}
