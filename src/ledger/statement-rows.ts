import { sql } from 'kysely';
import type { Month } from '../spec.ts';
import { daysOf, type Span, spanOf } from './calendar.ts';
import { hexOf } from './chain.ts';
import { headsOf } from './heads.ts';
import type { Ledger } from './open.ts';
import type { LedgerDb } from './schema.ts';
import type { Figures, Final, Statement, StatementRows } from './statement.ts';
import type { Terms } from './terms.ts';
import { type LedgerTransfer, movedBy, type Snapshot, storedIn, type Uncounted } from './usage.ts';

/** Everything that a statement is made of. */
export async function statementRows(ledger: Ledger, user: string, month: Month, terms: Terms): Promise<StatementRows> {
  const { db } = ledger;
  return {
    ...(await monthRows(db, user, month, terms)),
    finals: await finalsOf(ledger, user),
    heads: (await headsOf(db)).map(({ host, position, hash }) => ({ host, count: position, hash: hexOf(hash) })),
  };
}

async function monthRows(db: LedgerDb, user: string, month: Month, { timezone }: Terms) {
  const span = spanOf(month, timezone);
  return {
    transfers: await transfersIn(db, user, span),
    uncounted: await uncountedIn(db, user, span),
    snapshots: await snapshotsIn(db, user, month),
  };
}

async function transfersIn(db: LedgerDb, user: string, { from, until }: Span): Promise<LedgerTransfer[]> {
  const at = sql<number>`coalesce(t.closed_at, t.opened_at, s.last_at)`;
  const rows = await db
    .selectFrom('sessions as s')
    .innerJoin('transfers as t', 't.session_id', 's.id')
    .innerJoin('hosts as h', 'h.id', 's.host_id')
    .select(['h.name', 's.session_key', 's.client_ip', 't.n', 't.direction', 't.status', 't.path', 't.path_cut'])
    .select(['t.bytes_read', 't.bytes_written', 't.exact', 't.copied', 't.closed_at', at.as('at')])
    .where('s.user_name', '=', user)
    .where('s.superseded', '=', 0)
    .where('s.first_at', '<', until)
    .where('s.last_at', '>=', from)
    .where(at, '>=', from)
    .where(at, '<', until)
    .orderBy(at)
    .orderBy('h.name')
    .orderBy('s.session_key')
    .orderBy('t.n')
    .execute();
  const transfers: LedgerTransfer[] = [];
  // What was turned into a transfer is let go: of a busy customer there are hundreds of thousands.
  for (let row = rows.reverse().pop(); row !== undefined; row = rows.pop())
    transfers.push({
      host: row.name,
      session: row.session_key,
      n: row.n,
      direction: row.direction,
      status: row.status,
      path: row.path,
      pathCut: row.path_cut === 1,
      bytesRead: row.bytes_read,
      bytesWritten: row.bytes_written,
      exact: row.exact === 1,
      copied: row.copied,
      client: row.client_ip,
      at: row.at,
      closed: row.closed_at !== null,
    });
  return transfers;
}

/** Of sessions of which not every transfer has a row of its own: they belong to the month in which the session ended. */
async function uncountedIn(db: LedgerDb, user: string, { from, until }: Span): Promise<Uncounted[]> {
  const total = (column: 'bytes_written' | 'bytes_read') =>
    sql<number>`coalesce(s.${sql.raw(column === 'bytes_written' ? 'bytes_in' : 'bytes_out')}, 0) - coalesce(sum(
      CASE WHEN t.copied IS NULL THEN t.${sql.raw(column)} ELSE 0 END), 0)`;
  const rows = await db
    .selectFrom('sessions as s')
    .innerJoin('hosts as h', 'h.id', 's.host_id')
    .leftJoin('transfers as t', 't.session_id', 's.id')
    .select(['h.name', 's.session_key', 's.omitted', 's.exact'])
    .select([total('bytes_written').as('bytes_in'), total('bytes_read').as('bytes_out')])
    .where('s.user_name', '=', user)
    .where('s.superseded', '=', 0)
    .where('s.omitted', '>', 0)
    .where('s.last_at', '>=', from)
    .where('s.last_at', '<', until)
    .groupBy(['h.name', 's.id', 's.session_key', 's.omitted', 's.exact', 's.bytes_in', 's.bytes_out'])
    .orderBy('h.name')
    .orderBy('s.session_key')
    .execute();
  return rows.map((row) => ({
    ...{ host: row.name, session: row.session_key, count: row.omitted, exact: row.exact === 1 },
    ...{ bytesIn: Math.max(0, Number(row.bytes_in)), bytesOut: Math.max(0, Number(row.bytes_out)) },
  }));
}

async function snapshotsIn(db: LedgerDb, user: string, month: Month): Promise<Snapshot[]> {
  const days = daysOf(month);
  const rows = await db
    .selectFrom('storage_snapshots as p')
    .innerJoin('hosts as h', 'h.id', 'p.host_id')
    .select(['h.name', 'p.day', 'p.bytes', 'p.method'])
    .where('p.user_name', '=', user)
    .where('p.day', '>=', days[0] as string)
    .where('p.day', '<=', days.at(-1) as string)
    .orderBy('p.day')
    .orderBy('h.name')
    .execute();
  return rows.map(({ name, day, bytes, method }) => ({ host: name, day, bytes, method }));
}

/** Without their transfers, which stand on a line of their own. */
const FIRST_LINE = {
  sqlite: 'substr(figures, 1, instr(figures, char(10)) - 1)',
  postgres: 'split_part(figures, chr(10), 1)',
};

async function finalsOf({ db, native }: Ledger, user: string): Promise<Final[]> {
  const rows = await db
    .selectFrom('statements')
    .select(['number', sql.raw<string>(FIRST_LINE[native.dialect]).as('figures')])
    .where('user_name', '=', user)
    .orderBy('id')
    .execute();
  const pruned = await prunedBefore(db);
  const finals: Final[] = [];
  for (const { number, figures } of rows) {
    const statement = JSON.parse(figures) as Omit<Statement, 'transfers'>;
    const isWhole = statement.from >= pruned;
    finals.push({ statement: { ...statement, number }, now: isWhole ? await figuresNow(db, user, statement) : null });
  }
  return finals;
}

/** Before this, rows are not all there any more. */
async function prunedBefore(db: LedgerDb): Promise<number> {
  const found = await db
    .selectFrom('checkpoints')
    .select(({ fn }) => fn.max('before_at').as('before'))
    .executeTakeFirst();
  return Number(found?.before ?? 0);
}

async function figuresNow(
  db: LedgerDb,
  user: string,
  { month, terms }: Pick<Statement, 'month' | 'terms'>,
): Promise<Figures> {
  const { transfers, uncounted, snapshots } = await monthRows(db, user, month, terms);
  return { moved: movedBy(transfers, uncounted), stored: storedIn(month, snapshots) };
}

/** Whether anything at all is known of an account. */
export async function isKnown({ db }: Ledger, user: string): Promise<boolean> {
  for (const table of ['sessions', 'storage_snapshots', 'statements'] as const) {
    const row = await db
      .selectFrom(table)
      .select('user_name')
      .where('user_name', '=', user)
      .limit(1)
      .executeTakeFirst();
    if (row !== undefined) return true;
  }
  return false;
}
