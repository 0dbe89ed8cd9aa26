import { closeSync, constants, fchmodSync, fchownSync, fstatSync, lstatSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { isErrno, refused } from '../errors.ts';
import { shellQuote } from '../quote.ts';
import { loadDriver } from './driver.ts';

/** What may stand in a row, and be handed to a statement. */
export type SqliteValue = number | string | null | Uint8Array;

interface Statement {
  run(...values: SqliteValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  all(...values: SqliteValue[]): unknown[];
  iterate(...values: SqliteValue[]): IterableIterator<unknown>;
  /** node:sqlite. */
  columns?(): unknown[];
  /** better-sqlite3. */
  reader?: boolean;
}

/** What both drivers have. */
export interface Sqlite extends SqliteDatabase {
  exec(sql: string): void;
  statement(sql: string): Statement;
}

interface Driver {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
}

/** Milliseconds in which another process may finish its transaction. */
const PATIENCE = 60_000;

/** The driver of this Node, which has one from 22.5 on, or else the one that was installed. */
async function openDriver(path: string, readOnly: boolean): Promise<Driver> {
  const builtIn = builtInSqlite();
  if (builtIn !== undefined) return new builtIn.DatabaseSync(path, { readOnly, timeout: PATIENCE });
  const loaded = await loadDriver('better-sqlite3', async () => (await import('better-sqlite3')).default);
  const Database = loaded as typeof import('better-sqlite3');
  return new Database(path, { readonly: readOnly, timeout: PATIENCE }) as unknown as Driver;
}

interface BuiltIn {
  DatabaseSync: new (path: string, options: { readOnly: boolean; timeout: number }) => Driver;
}

function builtInSqlite(): BuiltIn | undefined {
  // Node 22 says with each start that it is experimental, to whoever reads our standard error.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule?.('node:sqlite') as BuiltIn | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** @throws OperatorError `refused` where it is no file of ours */
export async function openSqlite(path: string, readOnly: boolean): Promise<Sqlite> {
  if (!readOnly) makeFile(path);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) refuseForeign(file);
  const driver = await openDriver(path, readOnly);
  if (!readOnly) driver.exec('PRAGMA journal_mode = WAL');
  driver.exec(`PRAGMA busy_timeout = ${PATIENCE}; PRAGMA synchronous = FULL; PRAGMA cache_size = -32000;`);
  return {
    exec: (sql) => void driver.exec(sql),
    statement: (sql) => driver.prepare(sql),
    prepare: (sql) =>
      sql === 'rollback' ? rollback(driver) : kyselyStatement(driver.prepare(sql === 'begin' ? BEGIN : sql), sql),
    close: () => driver.close(),
  };
}

/** A transaction that reads first and writes then is refused where another has written meanwhile: one that begins with the lock is not. */
const BEGIN = 'BEGIN IMMEDIATE';

function kyselyStatement(statement: Statement, sql: string): SqliteStatement {
  const reader = statement.reader ?? (statement.columns ? statement.columns().length > 0 : RETURNS_ROWS.test(sql));
  return {
    reader,
    all: (values) => statement.all(...(values as SqliteValue[])),
    run: (values) => statement.run(...(values as SqliteValue[])),
    iterate: (values) => statement.iterate(...(values as SqliteValue[])),
  };
}

/** SQLite itself takes a transaction back that the disk had no room for. */
const rollback = (driver: Driver): SqliteStatement => ({
  reader: false,
  all: () => [],
  run() {
    try {
      driver.exec('ROLLBACK');
    } catch (error) {
      if (!/no transaction is active/.test((error as Error).message)) throw error;
    }
    return { changes: 0, lastInsertRowid: 0 };
  },
  *iterate() {},
});

/** For Node before 22.16, which cannot be asked. */
const RETURNS_ROWS = /^\s*(select|with|pragma|values|explain)\b|\breturning\b/i;

/** As the folder says whose it is: what root makes in the daemon's folder the daemon has to be able to write. */
function makeFile(path: string): void {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  let descriptor: number;
  try {
    descriptor = openSync(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return;
    if (isErrno(error, 'ENOENT'))
      throw refused(`there is no folder for the ledger ${path}`, `mkdir -m 700 ${shellQuote(dirname(path))}`);
    throw error;
  }
  try {
    fchmodSync(descriptor, 0o600);
    const { uid, gid } = statSync(dirname(path));
    if (process.geteuid?.() === 0 && uid !== fstatSync(descriptor).uid) fchownSync(descriptor, uid, gid);
  } finally {
    closeSync(descriptor);
  }
}

function refuseForeign(file: string): void {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile()) throw refused(`${file} is no file`, `ls -l ${shellQuote(file)}`);
}
