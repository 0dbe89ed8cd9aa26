import { sql } from 'kysely';
import type { Ledger } from './open.ts';
import type { LedgerDb } from './schema.ts';

/** What personal things are taken out of. */
const TABLES = ['sessions', 'transfers', 'changes', 'chain', 'statements'] as const;

/**
 * Removes rows and fields in one transaction, and what a database keeps of them: SQLite writes zeros over it and empties
 * its log; PostgreSQL gives the room free to be written over.
 */
export async function forGood<Result>(
  { db, native }: Ledger,
  remove: (db: LedgerDb) => Promise<Result>,
): Promise<Result> {
  if (native.dialect === 'sqlite') native.sqlite.exec('PRAGMA secure_delete = ON');
  const result = await db.transaction().execute(remove);
  if (native.dialect === 'sqlite') native.sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  else await sql`VACUUM ${sql.join(TABLES.map((table) => sql.table(table)))}`.execute(db);
  return result;
}
