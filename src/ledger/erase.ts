import { bareStatements } from './bare-statement.ts';
import { digestsOfErasure } from './chain.ts';
import { ChainTail, lockHosts } from './chain-tail.ts';
import { portionsOf } from './pages.ts';
import { renderPositions } from './positions.ts';
import type { LedgerDb } from './schema.ts';

/** What was erased, or would be. */
export interface Erased {
  pseudonym: string;
  sessions: number;
  statements: number;
}

/** No account can have a name with a colon. */
const pseudonymOf = (number: number): string => `erased:${number}`;

/**
 * Removes what is personal of an account from all its rows, and the keys with which the chain could tell whether a guess at
 * it is right. What it moved stays, under a pseudonym, and so does the chain.
 *
 * @param db a transaction
 * @returns null where nothing of it is in the ledger
 */
export async function eraseUser(
  db: LedgerDb,
  user: string,
  { now, dryRun }: { now: number; dryRun: boolean },
): Promise<Erased | null> {
  const hosts = dryRun ? [] : await lockHosts(db);
  const found = await sessionsOf(db, user);
  const statements = await countOf(db, 'statements', user);
  const days = (await countOf(db, 'storage_snapshots', user)) + (await countOf(db, 'notices', user));
  if (found.length + statements + days === 0) return null;
  const pseudonym = await nextPseudonym(db);
  const erased = { pseudonym, sessions: found.length, statements };
  if (dryRun) return erased;

  for (const host of hosts) {
    const ids = found.filter(({ host_id }) => host_id === host.id).map(({ id }) => id);
    if (ids.length > 0) await eraseOnHost(db, host.id, ids, pseudonym, now);
  }
  await bareStatements(db, { user }, 'What was personal in this statement was erased.', pseudonym);
  for (const table of ['storage_snapshots', 'notices'] as const)
    await db
      .updateTable(table as 'notices')
      .set({ user_name: pseudonym })
      .where('user_name', '=', user)
      .execute();
  return erased;
}

interface Found {
  id: number;
  host_id: number;
}

/** With what was told of them before or after, where a line was missing that names the account. */
async function sessionsOf(db: LedgerDb, user: string): Promise<Found[]> {
  const found = new Map<number, Found>();
  let fresh = await db.selectFrom('sessions').select(['id', 'host_id']).where('user_name', '=', user).execute();
  while (fresh.length > 0) {
    for (const session of fresh) found.set(session.id, session);
    const linked: Found[] = [];
    for (const ids of portionsOf(fresh.map(({ id }) => id)))
      for (const { host_id, session_id, by_session_id } of await db
        .selectFrom('corrections')
        .select(['host_id', 'session_id', 'by_session_id'])
        .where(({ or, eb }) => or([eb('session_id', 'in', ids), eb('by_session_id', 'in', ids)]))
        .execute())
        linked.push({ id: session_id, host_id }, { id: by_session_id, host_id });
    fresh = linked.filter(({ id }) => !found.has(id));
  }
  return [...found.values()].sort((one, other) => one.id - other.id);
}

async function countOf(
  db: LedgerDb,
  table: 'statements' | 'storage_snapshots' | 'notices',
  user: string,
): Promise<number> {
  const { count } = await db
    .selectFrom(table as 'notices')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('user_name', '=', user)
    .executeTakeFirstOrThrow();
  return count;
}

/** One that was never given: of the erasures that were pruned the rows may be gone. */
async function nextPseudonym(db: LedgerDb): Promise<string> {
  const names = await Promise.all(
    (['sessions', 'statements', 'storage_snapshots', 'notices'] as const).map((table) =>
      db
        .selectFrom(table as 'sessions')
        .select('user_name')
        .distinct()
        .where('user_name', 'like', 'erased:%')
        .execute(),
    ),
  );
  const pseudonyms = await db.selectFrom('erasures').select('pseudonym').execute();
  const given = [...names.flat().map(({ user_name }) => user_name), ...pseudonyms.map(({ pseudonym }) => pseudonym)];
  const numbers = given.map((name) => Number(/^erased:(\d+)$/.exec(name ?? '')?.[1] ?? 0));
  return pseudonymOf(1 + Math.max(0, ...numbers));
}

async function eraseOnHost(
  db: LedgerDb,
  host: number,
  sessions: readonly number[],
  pseudonym: string,
  now: number,
): Promise<void> {
  const tail = await ChainTail.open(db, host);
  const positions: number[] = [];
  for (const ids of portionsOf(sessions)) {
    await db
      .updateTable('sessions')
      .set({ user_name: pseudonym, client_ip: null, client_port: null, key_fingerprint: null })
      .where('id', 'in', ids)
      .execute();
    await db
      .updateTable('transfers')
      .set({ path: '', path_raw: null, error: null })
      .where('session_id', 'in', ids)
      .execute();
    await db
      .updateTable('changes')
      .set({ path: null, path_raw: null, target: null, readings: null, attributes: null, error: null })
      .where('session_id', 'in', ids)
      .execute();
    const entries = db
      .updateTable('chain')
      .set({ row_key: null })
      .where('host_id', '=', host)
      .where('kind', '=', 'session')
      .where('entry_id', 'in', ids);
    for (const { position } of await entries.returning('position').execute()) positions.push(position);
  }
  positions.sort((one, other) => one - other);
  const row = {
    ...{ host_id: host, pseudonym, sessions: sessions.length },
    ...{ positions: renderPositions(positions), erased_at: now },
  };
  const { id } = await db.insertInto('erasures').values(row).returning('id').executeTakeFirstOrThrow();
  tail.add('erasure', id, digestsOfErasure(row), null);
  await tail.write();
}
