import { sql } from 'kysely';
import type { LedgerDb, Row } from './schema.ts';

interface Rows {
  transfers: Row<'transfers'>;
  changes: Row<'changes'>;
}

/** So many rows are in memory at a time. */
const PAGE = 5000;

/** The rows of some sessions, one session after the other, each in the order of its ranks. */
export async function* rowsOf<Table extends keyof Rows>(
  db: LedgerDb,
  table: Table,
  sessions: readonly number[],
): AsyncGenerator<Rows[Table][]> {
  let left = [...sessions].sort((a, b) => a - b);
  while (left.length > 0) {
    let page = await pageOf(db, table, left, null);
    if (page.length > 0) yield page;
    let last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    // The rest of the session with which the page ends can be far longer than a page.
    const session = last.session_id;
    while (page.length === PAGE && last !== undefined) {
      page = await pageOf(db, table, [session], last.n);
      if (page.length > 0) yield page;
      last = page.at(-1);
    }
    left = left.filter((id) => id > session);
  }
}

async function pageOf<Table extends keyof Rows>(
  db: LedgerDb,
  table: Table,
  sessions: readonly number[],
  after: number | null,
): Promise<Rows[Table][]> {
  const rows = db
    .selectFrom(table as 'transfers')
    .selectAll()
    .where('session_id', 'in', sessions)
    .$if(after !== null, (query) => query.where('n', '>', after as number))
    .orderBy('session_id')
    .orderBy('n')
    .limit(sql.lit(PAGE));
  return (await rows.execute()) as unknown as Rows[Table][];
}

/** What a statement takes at once: neither database has room for as many parameters as there can be sessions. */
export function* portionsOf(ids: readonly number[]): Generator<number[]> {
  for (let at = 0; at < ids.length; at += PAGE) yield ids.slice(at, at + PAGE);
}
