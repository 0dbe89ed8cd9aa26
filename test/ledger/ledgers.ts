import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { openLogFile } from '../../src/host/log-file.ts';
import { type Imported, importFiles, importOnce } from '../../src/ledger/import/import.ts';
import { type Ledger, openLedger } from '../../src/ledger/open.ts';
import type { HostPath } from '../../src/spec.ts';
import { Postgres } from '../support/postgres.ts';

/** What the tests of a ledger have at hand. */
export interface Ledgers {
  /** A folder of the test file. */
  folder: string;
  /** What `ledger.database` says of a new ledger. */
  create(): string;
  open(database: string): Promise<Ledger>;
  /** Null for SQLite. */
  postgres: Postgres | null;
}

/** The same tests on both databases. */
export function describeLedgers(name: string, body: (ledgers: Ledgers) => void): void {
  describe.each(['sqlite', 'postgres'] as const)(`${name}, %s`, (dialect) => {
    let count = 0;
    const ledgers = { folder: '', postgres: null } as unknown as Ledgers;
    beforeAll(async () => {
      ledgers.folder = mkdtempSync(join(tmpdir(), 'sftpjail-ledger.'));
      if (dialect === 'postgres') ledgers.postgres = await Postgres.open();
      ledgers.create = () => {
        const own = `ledger${++count}`;
        return ledgers.postgres?.create(own) ?? join(ledgers.folder, `${own}.db`);
      };
      ledgers.open = (database) => openLedger(configured(database));
    });
    afterAll(async () => {
      await ledgers.postgres?.close();
      rmSync(ledgers.folder, { recursive: true });
    });
    body(ledgers);
  });
}

export const configured = (database: string, passwordFile: HostPath | null = null) => ({
  ledger: { enabled: false, database, passwordFile },
});

/** Imports these logs with their generations. */
export const imports = (ledger: Ledger, ...logs: string[]): Promise<Imported> =>
  importOnce(ledger, { logs, timezone: 'UTC', warn: failing });

/** Imports these files, oldest first, as one log. */
export async function importsFiles(ledger: Ledger, ...paths: string[]): Promise<Imported> {
  const files = await Promise.all(paths.map((path) => openLogFile(path, { warn: failing })));
  const log = { path: paths[0] ?? '', files: files.filter((file) => file !== null) };
  try {
    return await importFiles(ledger, [log], { timezone: 'UTC', warn: failing });
  } finally {
    for (const file of log.files) await file.close();
  }
}

const failing = (text: string): never => {
  throw new Error(text);
};
