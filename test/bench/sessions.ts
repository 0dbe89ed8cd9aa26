import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingForRecipe } from '../support/needs.ts';
import { defaultConfig } from './jails.ts';
import { race } from './race.ts';
import { runsSilently } from './ratio.ts';
import { expectSameFigures } from './sessions-figures.ts';
import { benchMemory } from './sessions-memory.ts';

const CLI = join(import.meta.dirname, '../../bin/sftpjail.js');
const GENERATOR = join(import.meta.dirname, 'sftp-log.js');
const RECIPE = join(import.meta.dirname, 'recipe.py');
/** One of the generator's 400 customers. */
const CUSTOMER = 'c007';

/** What the benchmarks of the log have at hand. */
export interface LogBench {
  /** Makes a log, lets it be read, and removes it: some are as large as the memory of a small machine. */
  withLog(options: readonly string[], use: (log: string) => unknown): Promise<void>;
  /** Command lines. */
  sessions(log: string, ...options: string[]): [string, ...string[]];
  recipe(log: string): [string, ...string[]];
}

/** How fast, and in how much memory, a large log is read. */
export async function benchSessions(): Promise<void> {
  const missing = missingForRecipe();
  if (missing !== null) return console.log(`\nsessions left out: ${missing}`);
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-bench.'));
  const config = defaultConfig(folder);
  const bench: LogBench = {
    async withLog(options, use) {
      const log = join(folder, 'sftp.log');
      runsSilently(process.execPath, [GENERATOR, ...options, log]);
      // The first to read it must not be the only one to wait for the disk.
      runsSilently('cat', [log]);
      await use(log);
      rmSync(log);
    },
    sessions: (log, ...options) => [process.execPath, CLI, 'sessions', '--json', ...options, '--config', config, log],
    recipe: (log) => ['python3', RECIPE, log],
  };
  try {
    await bench.withLog(['--bytes', '20M'], (log) => expectSameFigures(bench, log));
    await benchSpeed(bench);
    await benchMemory(bench);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchSpeed({ withLog, sessions, recipe }: LogBench): Promise<void> {
  const side = (name: string, [command, ...args]: [string, ...string[]]) => ({
    name,
    run: () => runsSilently(command, args),
  });
  await withLog(['--bytes', '500M'], (log) =>
    race({
      title: 'a log of 500 MB, output to /dev/null, against recipe.py',
      baseline: side('recipe.py', recipe(log)),
      sides: [
        { ...side('sftpjail sessions --json', sessions(log)), atLeast: 10 },
        { ...side(`sftpjail sessions --json --user ${CUSTOMER}`, sessions(log, '--user', CUSTOMER)), atLeast: 30 },
      ],
      // Two threads are slowed down more than one by whoever else uses the processor: three times say little.
      repetitions: 9,
    }),
  );
  await withLog(['--bytes', '500M', '--open-close-only'], (log) =>
    race({
      title: 'the same of nothing but open and close',
      baseline: side('recipe.py', recipe(log)),
      sides: [side('sftpjail sessions --json', sessions(log))],
      repetitions: 3,
    }),
  );
}
