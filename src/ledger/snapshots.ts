import type { LedgerDb } from './schema.ts';

/** What an account was found to store. */
export interface Measured {
  user: string;
  bytes: number;
  files: number | null;
  method: string;
}

/** The accounts of a host that have a snapshot of a day already. */
export async function measuredOn(db: LedgerDb, hostId: number, day: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('storage_snapshots')
    .select('user_name')
    .where('host_id', '=', hostId)
    .where('day', '=', day)
    .execute();
  return new Set(rows.map(({ user_name }) => user_name));
}

/** So many rows a statement: SQLite takes 32,766 values, PostgreSQL 65,535. */
const PORTION = 1000;

/** The first snapshot of a day stays. @param now microseconds since 1970 */
export async function keepSnapshots(
  db: LedgerDb,
  { hostId, day, now }: { hostId: number; day: string; now: number },
  measured: readonly Measured[],
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (let at = 0; at < measured.length; at += PORTION)
      await transaction
        .insertInto('storage_snapshots')
        .values(
          measured.slice(at, at + PORTION).map(({ user, bytes, files, method }) => ({
            ...{ host_id: hostId, user_name: user, day, bytes, files, method, taken_at: now },
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute();
  });
}

/** What accounts stored on a day on all hosts together. */
export async function storedOn(db: LedgerDb, day: string, users: readonly string[]): Promise<Map<string, number>> {
  const wanted = new Set(users);
  const rows = await db
    .selectFrom('storage_snapshots')
    .select(({ fn }) => ['user_name', fn.sum<number>('bytes').as('bytes')])
    .where('day', '=', day)
    .groupBy('user_name')
    .execute();
  return new Map(rows.flatMap(({ user_name, bytes }) => (wanted.has(user_name) ? [[user_name, Number(bytes)]] : [])));
}
