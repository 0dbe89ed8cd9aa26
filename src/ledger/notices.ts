import { type Selectable, sql } from 'kysely';
import type { Billing } from '../config.ts';
import type { Month } from '../spec.ts';
import { zoneOf } from '../zone.ts';
import { dayOf, type Span, spanOf } from './calendar.ts';
import type { LedgerDb, NoticeRow } from './schema.ts';
import { quotasOf, termsOf } from './terms.ts';

export type QuotaKind = 'volume' | 'storage';

/** What an account has used of what is limited. Bytes. */
export interface Use {
  user: string;
  kind: QuotaKind;
  used: number;
}

/** The month that the calendars of billing show. @param now microseconds since 1970 */
export const monthAt = (billing: Billing, now: number): Month =>
  dayOf(now, zoneOf(billing.timezone)).slice(0, 7) as Month;

/**
 * Writes down each threshold that was reached, once a month: whoever tells them finds them there.
 *
 * @returns how many were not there before
 */
export async function raiseNotices(db: LedgerDb, billing: Billing, uses: readonly Use[], now: number): Promise<number> {
  const period = monthAt(billing, now);
  const reached = uses.flatMap(({ user, kind, used }) => {
    const quota = quotasOf(termsOf(billing, user))[kind];
    if (quota === null) return [];
    return billing.notices
      .filter((percent) => BigInt(used) * 100n >= BigInt(quota) * BigInt(percent))
      .map((percent) => ({ user_name: user, kind, period, percent, figure: used, quota, raised_at: now }));
  });
  let raised = 0;
  for (const notice of reached) {
    const { numInsertedOrUpdatedRows = 0n } = await db
      .insertInto('notices')
      .values({ ...notice, told_at: null })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    raised += Number(numInsertedOrUpdatedRows);
  }
  return raised;
}

/** Accounts with sessions that entered the ledger after a session, and the newest of these. */
export async function usersSince(db: LedgerDb, sessionId: number): Promise<{ users: string[]; newest: number }> {
  const rows = await db
    .selectFrom('sessions')
    .select(({ fn }) => ['user_name', fn.max<number>('id').as('newest')])
    .where('id', '>', sessionId)
    .groupBy('user_name')
    .execute();
  return {
    users: rows.flatMap(({ user_name }) => (user_name === null ? [] : [user_name])),
    newest: rows.reduce((most, { newest }) => Math.max(most, Number(newest)), sessionId),
  };
}

/** What accounts that have a quota moved in the month that runs, as a statement would bill it. */
export async function volumesOf(db: LedgerDb, billing: Billing, users: readonly string[], now: number): Promise<Use[]> {
  const span = spanOf(monthAt(billing, now), zoneOf(billing.timezone));
  const uses: Use[] = [];
  for (const user of users)
    if (quotasOf(termsOf(billing, user)).volume !== null)
      uses.push({ user, kind: 'volume', used: await volumeOf(db, user, span) });
  return uses;
}

async function volumeOf(db: LedgerDb, user: string, { from, until }: Span): Promise<number> {
  const { used } = await db
    .selectFrom('sessions as s')
    .innerJoin('transfers as t', 't.session_id', 's.id')
    .select(sql<number>`coalesce(sum(t.bytes_read + t.bytes_written), 0)`.as('used'))
    .where('s.user_name', '=', user)
    .where('s.superseded', '=', 0)
    .where('s.first_at', '<', until)
    .where('s.last_at', '>=', from)
    .where('t.exact', '=', 1)
    .where('t.copied', 'is', null)
    .where('t.closed_at', '>=', from)
    .where('t.closed_at', '<', until)
    .executeTakeFirstOrThrow();
  return Number(used);
}

export type Notice = Selectable<NoticeRow>;

/**
 * Hands on what was not told yet, in the order in which it was raised. Of months that are over nothing is told.
 *
 * @param tell keeps a notice, or throws; it can get the same one again where we end in between
 */
export async function tellNotices(
  db: LedgerDb,
  billing: Billing,
  now: number,
  tell: (notice: Notice) => void,
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    // Of several hosts that see the same notice only one tells it.
    const taken = await transaction
      .updateTable('notices')
      .set({ told_at: now })
      .where('told_at', 'is', null)
      .returningAll()
      .execute();
    const due = taken
      .filter(({ period }) => period >= monthAt(billing, now))
      .sort((one, other) => Number(one.id) - Number(other.id));
    for (const notice of due) tell(notice);
    return due.length;
  });
}
