import { sql } from 'kysely';
import { bareStatements } from './bare-statement.ts';
import { beginning, digestsOfCheckpoint } from './chain.ts';
import { ChainTail, lockHosts, newestCheckpoint } from './chain-tail.ts';
import { portionsOf } from './pages.ts';
import { Positions, renderPositions } from './positions.ts';
import type { LedgerDb, Row } from './schema.ts';
import { addSums, NO_SUMS, parseSums, type Sums } from './sums.ts';

/** What of a host is to be pruned, or was. */
export interface Pruned {
  host: string;
  /** What counted; rows whose place later evidence took go with them. */
  sums: Sums;
  /** So far nothing is left of its chain. */
  position: number;
}

export interface PruneWish {
  /** Microseconds since 1970: goes what was over before. */
  before: number;
  now: number;
  /** Says what would go. */
  dryRun: boolean;
}

/**
 * Removes old sessions of all hosts, and leaves a checkpoint in the chain of each.
 *
 * @param db a transaction
 */
export async function prune(db: LedgerDb, wish: PruneWish): Promise<Pruned[]> {
  const pruned: Pruned[] = [];
  const hosts = wish.dryRun
    ? await db.selectFrom('hosts').select(['id', 'name']).orderBy('id').execute()
    : await lockHosts(db);
  for (const { id, name } of hosts) {
    const of = await pruneHost(db, id, name, wish);
    if (of !== null) pruned.push({ host: name, ...of });
  }
  if (!wish.dryRun) await pruneDays(db, wish.before);
  return pruned;
}

async function pruneHost(
  db: LedgerDb,
  host: number,
  name: string,
  { before, now, dryRun }: PruneWish,
): Promise<Omit<Pruned, 'host'> | null> {
  const tail = dryRun ? null : await ChainTail.open(db, host);
  const { sessions, corrections } = await oldOf(db, host, before);
  if (sessions.length === 0) return null;
  const sums = await sumsOf(db, sessions);

  const last = await newestCheckpoint(db, host);
  const start = { position: last?.position ?? 0, hash: last?.hash ?? beginning(name) };
  const hollow = new Set([
    ...new Positions(last?.hollow ?? ''),
    ...(await placesOf(db, host, 'session', sessions)),
    ...(await placesOf(db, host, 'correction', corrections)),
  ]);
  const end = await lastToGo(db, host, start, hollow, before);
  if (tail === null) return { sums, position: end.position };

  for (const ids of portionsOf(sessions)) {
    await db.deleteFrom('transfers').where('session_id', 'in', ids).execute();
    await db.deleteFrom('changes').where('session_id', 'in', ids).execute();
    await db
      .updateTable('chain')
      .set({ row_key: null })
      .where('host_id', '=', host)
      .where('kind', '=', 'session')
      .where('entry_id', 'in', ids)
      .execute();
  }
  for (const ids of portionsOf(corrections)) await db.deleteFrom('corrections').where('id', 'in', ids).execute();
  for (const ids of portionsOf(sessions)) await db.deleteFrom('sessions').where('id', 'in', ids).execute();
  await removeEntries(db, host, end.position);

  const left = [...hollow].filter((place) => place > end.position).sort((one, other) => one - other);
  const checkpoint = {
    ...{ host_id: host, position: end.position, hash: end.hash, hollow: renderPositions(left) },
    sums: JSON.stringify(addSums(last ? parseSums(last.sums) : NO_SUMS, sums)),
    ...{ before_at: before, recorded_at: now },
  };
  const { id } = await db.insertInto('checkpoints').values(checkpoint).returning('id').executeTakeFirstOrThrow();
  tail.add('checkpoint', id, digestsOfCheckpoint(checkpoint), null);
  await tail.write();
  return { sums, position: end.position };
}

/** Sessions that are old, but for those that are told of together with one that is not, and the corrections between them. */
async function oldOf(
  db: LedgerDb,
  host: number,
  before: number,
): Promise<{ sessions: number[]; corrections: number[] }> {
  const rows = await db
    .selectFrom('sessions')
    .select('id')
    .where('host_id', '=', host)
    .where('last_at', '<', before)
    .orderBy('id')
    .execute();
  const old = new Set(rows.map(({ id }) => id));
  const corrections = await db
    .selectFrom('corrections')
    .select(['id', 'session_id', 'by_session_id'])
    .where('host_id', '=', host)
    .execute();
  for (let before = -1; before !== old.size; ) {
    before = old.size;
    for (const { session_id, by_session_id } of corrections)
      if (!(old.has(session_id) && old.has(by_session_id))) {
        old.delete(session_id);
        old.delete(by_session_id);
      }
  }
  return {
    sessions: [...old],
    corrections: corrections.filter(({ session_id }) => old.has(session_id)).map(({ id }) => id),
  };
}

async function sumsOf(db: LedgerDb, sessions: readonly number[]): Promise<Sums> {
  let sums = NO_SUMS;
  for (const ids of portionsOf(sessions)) {
    const of = await db
      .selectFrom('sessions')
      .select(({ fn }) => [
        fn.countAll<number>().as('sessions'),
        fn.sum<number | null>('bytes_in').as('bytesIn'),
        fn.sum<number | null>('bytes_out').as('bytesOut'),
        fn.sum<number | null>('bytes_copied').as('bytesCopied'),
      ])
      .where('id', 'in', ids)
      .where('superseded', '=', 0)
      .executeTakeFirstOrThrow();
    const [transfers, changes] = [await countOf(db, 'transfers', ids), await countOf(db, 'changes', ids)];
    const { bytesIn, bytesOut, bytesCopied } = of;
    const bytes = { bytesIn: bytesIn ?? 0, bytesOut: bytesOut ?? 0, bytesCopied: bytesCopied ?? 0 };
    sums = addSums(sums, { sessions: of.sessions, transfers, changes, ...bytes });
  }
  return sums;
}

async function countOf(db: LedgerDb, table: 'transfers' | 'changes', sessions: readonly number[]): Promise<number> {
  const { count } = await db
    .selectFrom(table as 'transfers')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('session_id', 'in', sessions)
    .where('superseded', '=', 0)
    .executeTakeFirstOrThrow();
  return count;
}

async function placesOf(
  db: LedgerDb,
  host: number,
  kind: Row<'chain'>['kind'],
  entries: readonly number[],
): Promise<number[]> {
  const places: number[] = [];
  for (const ids of portionsOf(entries))
    for (const { position } of await db
      .selectFrom('chain')
      .select('position')
      .where('kind', '=', kind)
      .where('entry_id', 'in', ids)
      .where('host_id', '=', host)
      .execute())
      places.push(position);
  return places;
}

interface End {
  position: number;
  hash: Uint8Array;
}

const PAGE = 5000;

/** The chain is cut off behind the last entry before which nothing has to stay. */
async function lastToGo(
  db: LedgerDb,
  host: number,
  start: End,
  hollow: ReadonlySet<number>,
  before: number,
): Promise<End> {
  for (let end = start; ; ) {
    const rows = await db
      .selectFrom('chain')
      .select(['position', 'kind', 'entry_id', 'hash'])
      .where('host_id', '=', host)
      .where('position', '>', end.position)
      .orderBy('position')
      .limit(sql.lit(PAGE))
      .execute();
    for (const { position, kind, entry_id, hash } of rows) {
      const goes =
        hollow.has(position) ||
        (kind === 'erasure' && (await isErasureOver(db, entry_id, end.position, hollow, before))) ||
        (kind === 'checkpoint' && (await isCheckpointOver(db, entry_id, before)));
      if (!goes) return end;
      end = { position, hash };
    }
    if (rows.length < PAGE) return end;
  }
}

/** It is old, and so is everything that it tells of. */
async function isErasureOver(
  db: LedgerDb,
  id: number,
  end: number,
  hollow: ReadonlySet<number>,
  before: number,
): Promise<boolean> {
  const row = await db.selectFrom('erasures').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined || row.erased_at >= before) return false;
  return [...new Positions(row.positions)].every((position) => position <= end || hollow.has(position));
}

/** One that comes after it says all that it says. */
async function isCheckpointOver(db: LedgerDb, id: number, before: number): Promise<boolean> {
  const row = await db.selectFrom('checkpoints').select('recorded_at').where('id', '=', id).executeTakeFirst();
  return row !== undefined && row.recorded_at < before;
}

async function removeEntries(db: LedgerDb, host: number, to: number): Promise<void> {
  const going = db.selectFrom('chain').select('entry_id').where('host_id', '=', host).where('position', '<=', to);
  await db
    .deleteFrom('erasures')
    .where('id', 'in', going.where('kind', '=', 'erasure'))
    .execute();
  await db
    .deleteFrom('checkpoints')
    .where('id', 'in', going.where('kind', '=', 'checkpoint'))
    .execute();
  await db.deleteFrom('chain').where('host_id', '=', host).where('position', '<=', to).execute();
}

/** What is kept by the day. */
async function pruneDays(db: LedgerDb, before: number): Promise<void> {
  const day = new Date(before / 1000).toISOString().slice(0, 10);
  await db.deleteFrom('storage_snapshots').where('day', '<', day).execute();
  await db.deleteFrom('notices').where('raised_at', '<', before).execute();
  await db.deleteFrom('announced_heads').where('day', '<', day).execute();
  await bareStatements(db, { before: day.slice(0, 7) }, 'The text of this statement was pruned.');
}
