import { existsSync, mkdirSync } from 'node:fs';
import { CompiledQuery, Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import { refused } from '../errors.ts';
import { LEDGER_FILE, LEDGER_FOLDER } from '../plan/ledger-place.ts';
import { explained } from './failures.ts';
import { migrate, NEWEST } from './migrations/migrate.ts';
import type { Dialect } from './migrations/tables.ts';
import { openPool } from './postgres.ts';
import type { LedgerDb, LedgerTables } from './schema.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';

/** An open ledger. */
export interface Ledger {
  db: LedgerDb;
  /** What the database is, for what cannot be said to both alike, with what is quicker than kysely for many rows. */
  native: { dialect: 'sqlite'; sqlite: Sqlite } | { dialect: 'postgres'; pool: Pool };
  /** Where it is, without a password. */
  where: string;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Nothing will be written, and the ledger has to be there. */
  readOnly?: boolean;
}

type Configured = Pick<Config, 'ledger'>;

/** The file of a ledger in SQLite; null where it is in PostgreSQL. */
export const sqliteFile = ({ ledger: { database } }: Configured): string | null =>
  database === 'sqlite' ? LEDGER_FILE : database.startsWith('/') ? database : null;

/**
 * Opens the ledger, and brings it to the newest version of the schema unless it is only read.
 *
 * @throws OperatorError `refused` where it cannot be reached, is not there, or was written by a newer sftpjail
 */
export async function openLedger(config: Configured, { readOnly = false }: OpenOptions = {}): Promise<Ledger> {
  const file = sqliteFile(config);
  const ledger = file === null ? await openInPostgres(config) : await openInSqlite(file, readOnly);
  try {
    await bringUp(ledger, readOnly);
    return ledger;
  } catch (error) {
    await ledger.close();
    throw explained(error, ledger.where);
  }
}

/** Uses the ledger and closes it. @throws OperatorError for what the database refuses */
export async function withLedger<Result>(
  config: Configured,
  options: OpenOptions,
  use: (ledger: Ledger) => Promise<Result>,
): Promise<Result> {
  const ledger = await openLedger(config, options);
  try {
    return await use(ledger);
  } catch (error) {
    throw explained(error, ledger.where);
  } finally {
    await ledger.close();
  }
}

async function openInSqlite(file: string, readOnly: boolean): Promise<Ledger> {
  if (readOnly && !existsSync(file)) throw empty(file);
  if (!readOnly && file === LEDGER_FILE) mkdirSync(LEDGER_FOLDER, { recursive: true, mode: 0o700 });
  const sqlite = await openSqlite(file, readOnly).catch((error) => {
    throw explained(error, file);
  });
  const db = new Kysely<LedgerTables>({ dialect: new SqliteDialect({ database: sqlite }) });
  let isOpen = true;
  return {
    db,
    native: { dialect: 'sqlite', sqlite },
    where: file,
    async close() {
      if (isOpen) sqlite.close();
      isOpen = false;
    },
  };
}

async function openInPostgres(config: Configured): Promise<Ledger> {
  const pool = await openPool(config);
  const db = new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) });
  return { db, native: { dialect: 'postgres', pool }, where: config.ledger.database, close: () => db.destroy() };
}

const empty = (where: string) => refused(`there is no ledger yet in ${where}`, 'sftpjail ledger import');

async function bringUp(ledger: Ledger, readOnly: boolean): Promise<void> {
  const { native, where } = ledger;
  const version = await versionOf(ledger);
  if (version > NEWEST)
    throw refused(`the ledger in ${where} was written by a newer sftpjail`, 'install that version here too');
  if (version === NEWEST) return;
  if (readOnly)
    throw version === 0
      ? empty(where)
      : refused(`the ledger in ${where} is of an older sftpjail`, 'sftpjail ledger import');
  const db = ledger.db as unknown as Kysely<never>;
  if (native.dialect === 'postgres') return migrate(db, native.dialect);
  // One transaction of all versions, so that two processes that find the same ledger wait for each other.
  native.sqlite.exec('BEGIN IMMEDIATE');
  try {
    await migrate(db, native.dialect);
    native.sqlite.exec('COMMIT');
  } catch (error) {
    native.sqlite.prepare('rollback').run([]);
    throw error;
  }
}

const EXISTS: Readonly<Record<Dialect, string>> = {
  sqlite: "SELECT count(*) AS count FROM sqlite_schema WHERE name = 'schema_versions'",
  postgres: "SELECT CASE WHEN to_regclass('schema_versions') IS NULL THEN 0 ELSE 1 END AS count",
};

async function versionOf({ db, native }: Ledger): Promise<number> {
  const count = async (query: string) =>
    Number((await db.executeQuery<{ count: number }>(CompiledQuery.raw(query))).rows[0]?.count);
  return (await count(EXISTS[native.dialect])) === 0 ? 0 : count('SELECT count(*) AS count FROM schema_versions');
}
