import type { Ledger } from './open.ts';
import type { LedgerDb } from './schema.ts';

/** Reads the ledger as it is at one moment, whatever is imported meanwhile. */
export async function ofOneMoment<Result>(
  { db, native }: Ledger,
  use: (db: LedgerDb) => Promise<Result>,
): Promise<Result> {
  if (native.dialect === 'postgres')
    return db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(use);
  // Not kysely's, which would take the lock of a writer.
  native.sqlite.exec('BEGIN DEFERRED');
  try {
    return await use(db);
  } finally {
    native.sqlite.exec('ROLLBACK');
  }
}
