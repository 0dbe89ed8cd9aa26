import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeWithSqlite } from '../support/node-with-sqlite.ts';
import { Postgres } from '../support/postgres.ts';
import { compare, runsSilently } from './ratio.ts';

const CLI = join(import.meta.dirname, '../../bin/sftpjail.js');
const GENERATOR = join(import.meta.dirname, 'sftp-log.js');
const LEDGER_FOLDER = '/var/lib/sftpjail/ledger';

/** What a ledger costs: a large log, and an import that finds nothing new. */
export async function benchLedger(): Promise<void> {
  const node = nodeWithSqlite();
  if (node === null) return console.log('\nledger left out: needs a Node with SQLite, which npm test brings');
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-bench.'));
  try {
    await benchImport(node, folder);
    await benchNothingNew(node, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchImport(node: string, folder: string): Promise<void> {
  const log = join(folder, 'large.log');
  runsSilently(process.execPath, [GENERATOR, '--bytes', '500M', log]);
  const postgres = await Postgres.open();
  let count = 0;
  const side = (name: string, limit: number, create: (own: string) => string) => {
    const config = join(folder, `${name}.yaml`);
    return {
      name: `sftpjail ledger import into ${name}`,
      limit,
      async before() {
        writeFileSync(config, `ledger:\n  database: ${create(`bench${++count}`)}\n`);
      },
      // On the host whose log it is.
      run: () =>
        runsSilently('unshare', [
          ...['--uts', 'sh', '-c', 'hostname sftp1 && exec "$@"', 'sh'],
          ...[node, CLI, 'ledger', 'import', '--config', config, log],
        ]),
    };
  };
  try {
    await compare({
      title: 'a log of 500 MB, against sessions --json to /dev/null',
      baseline: {
        name: 'sftpjail sessions --json',
        run: () => runsSilently(node, [CLI, 'sessions', '--json', log]),
      },
      sides: [
        side('sqlite', 4, () => {
          for (const suffix of ['', '-wal', '-shm']) rmSync(join(folder, `ledger.db${suffix}`), { force: true });
          return join(folder, 'ledger.db');
        }),
        side('postgres', 5, (own) => {
          for (const name of postgres
            .sql("SELECT datname FROM pg_database WHERE datname LIKE 'bench%'", 'postgres')
            .split('\n'))
            if (name !== '') postgres.sql(`DROP DATABASE ${name}`, 'postgres');
          return postgres.create(own);
        }),
      ],
      repetitions: 3,
      warmups: 1,
    });
  } finally {
    await postgres.close();
    rmSync(log);
  }
}

/** The ledger of this machine, if it has one, is out of sight meanwhile. */
async function benchNothingNew(node: string, folder: string): Promise<void> {
  const log = join(folder, 'sftp.log');
  const config = join(folder, 'nothing.yaml');
  runsSilently(process.execPath, [GENERATOR, '--bytes', '1M', log]);
  writeFileSync(config, `log:\n  file: ${log}\n  sshd: ${folder}/none\nledger:\n  enabled: true\n`);
  mkdirSync(LEDGER_FOLDER, { recursive: true, mode: 0o700 });
  const mount = (...args: string[]) => {
    if (spawnSync('mount', args).status !== 0) throw new Error(`mount ${args.join(' ')}`);
  };
  mount('-t', 'tmpfs', '-o', 'mode=700', 'tmpfs', LEDGER_FOLDER);
  const words = [CLI, 'ledger', 'import', '--config', config];
  try {
    runsSilently(node, words);
    await compare({
      title: 'an import that finds nothing new, against sftpjail --version',
      baseline: { name: 'sftpjail --version', run: () => runsSilently(node, [CLI, '--version']) },
      sides: [{ name: 'sftpjail ledger import', limit: 1.5, run: () => runsSilently(node, words) }],
      repetitions: 40,
      warmups: 3,
    });
  } finally {
    spawnSync('umount', [LEDGER_FOLDER]);
  }
}
