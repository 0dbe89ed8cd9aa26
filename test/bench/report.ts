import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, SqliteDialect } from 'kysely';
import { offsetsIn } from '../../src/ledger/calendar.ts';
import { reportQuery } from '../../src/ledger/report.ts';
import type { LedgerDb, LedgerTables } from '../../src/ledger/schema.ts';
import { REPO } from '../support/cache.ts';
import { nodeWithSqlite } from '../support/node-with-sqlite.ts';
import { compare, runs, runsSilently } from './ratio.ts';

const ZONE = 'Europe/Berlin';
const [SESSIONS, EACH] = [100_000, 50];
/** A year, in microseconds. */
const [FROM, YEAR] = [Date.UTC(2026, 0, 1) * 1000, 365 * 86_400_000_000];

/** Sessions of 500 accounts over a year, each with as many transfers, half of them uploads. */
const FILL = `
PRAGMA synchronous = OFF;
BEGIN;
WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < ${SESSIONS})
INSERT INTO sessions (host_id, session_key, version, superseded, pid, user_name, client_ip, login_ambiguous, opened_at,
  closed_at, first_at, last_at, ended, bytes_copied, failed, exact, omitted, requests, source_id, source_offset)
SELECT 1, printf('%016x', i), 1, 0, i, printf('c%03d', i % 500), printf('192.0.2.%d', i % 250), 0, at, at + 60000000, at,
  at + 60000000, 'closed', 0, 0, 1, 0, ${EACH}, 1, i * 1000
FROM (SELECT i, ${FROM} + i * ${Math.floor(YEAR / SESSIONS)} AS at FROM counted);
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${EACH})
INSERT INTO transfers (session_id, n, superseded, direction, status, path, path_cut, bytes_read, bytes_written, exact,
  opened_at, closed_at, source_id, source_offset)
SELECT id, n, 0, CASE n % 2 WHEN 0 THEN 'upload' ELSE 'download' END, 'completed', '/data/in/order-' || (id * 50 + n) || '.csv',
  0, CASE n % 2 WHEN 0 THEN 0 ELSE id + n END, CASE n % 2 WHEN 0 THEN id + n ELSE 0 END, 1, first_at + n * 1000000,
  first_at + n * 1000000 + 500000, 1, n * 100
FROM sessions CROSS JOIN counted ORDER BY id, n;
COMMIT;
PRAGMA wal_checkpoint(TRUNCATE);
ANALYZE;
`;

const LINE = '2026-01-01T00:00:00.000001+00:00 sftp1 internal-sftp[1]:';
const LOG = `${LINE} session opened for local user c000 from [192.0.2.1]\n${LINE} session closed for local user c000 from [192.0.2.1]\n`;

/** The same words that the program says. */
function query(by: 'month' | 'user'): string {
  const db: LedgerDb = new Kysely<LedgerTables>({ dialect: new SqliteDialect({ database: {} as never }) });
  const span = { from: FROM, until: FROM + YEAR };
  const options = { by: [by], zone: ZONE, since: null, until: null, user: null, top: null } as const;
  return reportQuery('sqlite', options, offsetsIn(span, ZONE)).compile(db).sql;
}

/** Reports over five million transfers, against the same SQL in the shell of SQLite. */
export async function benchReport(): Promise<void> {
  const node = nodeWithSqlite();
  if (node === null) return console.log('\nreport left out: needs a Node with SQLite, which npm test brings');
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-bench-report.'));
  const [database, config] = [join(folder, 'ledger.db'), join(folder, 'config.yaml')];
  writeFileSync(config, `ledger: { database: ${database} }\nbilling: { timezone: ${ZONE} }\n`);
  writeFileSync(join(folder, 'sftp.log'), LOG);
  const sftpjail = [join(REPO, 'bin/sftpjail.js'), '--config', config, 'ledger'];
  try {
    runs(node, [...sftpjail, 'import', join(folder, 'sftp.log')]);
    runs('sqlite3', [database, FILL]);
    for (const by of ['month', 'user'] as const)
      await compare({
        title: `A report by ${by} over ${(SESSIONS * EACH) / 1e6} million transfers`,
        baseline: {
          name: 'the same SQL in the sqlite3 shell',
          run: () => runsSilently('sqlite3', [database, query(by)]),
        },
        sides: [
          {
            name: `sftpjail ledger report --by ${by}`,
            run: () => runsSilently(node, [...sftpjail, 'report', '--by', by]),
            limit: 2,
          },
        ],
        repetitions: 3,
        warmups: 1,
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
