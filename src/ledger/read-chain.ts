import { type Digests, digestsOfCheckpoint, digestsOfCorrection, digestsOfErasure, Seal } from './chain.ts';
import { rowsOf } from './pages.ts';
import type { LedgerDb, Row } from './schema.ts';

/** An entry of a chain, with what it speaks of as that stands in the ledger now. */
export interface Entry {
  row: Row<'chain'>;
  /** The digests of it; null where it is gone, or was not looked for. */
  now: Digests | null;
  session: EnteredSession | null;
}

interface EnteredSession {
  row: Row<'sessions'>;
  /** What it and its transfers and changes say of whether they count: one of the two, or both. */
  superseded: Set<number>;
  /** Later evidence on it is in the ledger. */
  isCorrected: boolean;
  /** Something personal stands in it beside the name. */
  hasPersonal: boolean;
}

const PAGE = 500;
const NO_KEY = Buffer.alloc(32);

/** The entries of a host's chain in their order. @param isHollow tells of which nothing but the digests is left */
export async function* readChain(
  db: LedgerDb,
  host: number,
  isHollow: (position: number) => boolean,
): AsyncGenerator<Entry> {
  for (let after = -1; ; ) {
    const rows = await db
      .selectFrom('chain')
      .selectAll()
      .where('host_id', '=', host)
      .where('position', '>', after)
      .orderBy('position')
      .limit(PAGE)
      .execute();
    const last = rows.at(-1);
    if (last === undefined) return;
    yield* await entriesOf(db, rows, isHollow);
    after = last.position;
  }
}

async function entriesOf(
  db: LedgerDb,
  rows: readonly Row<'chain'>[],
  isHollow: (position: number) => boolean,
): Promise<Entry[]> {
  const full = rows.filter(({ position }) => !isHollow(position));
  const sessions = await sessionsOf(db, full);
  const plain = {
    correction: await plainOf(db, full, 'correction', 'corrections', digestsOfCorrection),
    erasure: await plainOf(db, full, 'erasure', 'erasures', digestsOfErasure),
    checkpoint: await plainOf(db, full, 'checkpoint', 'checkpoints', digestsOfCheckpoint),
  };
  return rows.map((row): Entry => {
    if (isHollow(row.position)) return { row, now: null, session: null };
    if (row.kind !== 'session') return { row, now: plain[row.kind]?.get(row.entry_id) ?? null, session: null };
    return { row, ...(sessions.get(row.entry_id) ?? { now: null, session: null }) };
  });
}

/** All of them are of one. */
const hostOf = (rows: readonly Row<'chain'>[]): number => rows[0]?.host_id ?? 0;

const idsOf = (rows: readonly Row<'chain'>[], kind: Row<'chain'>['kind']): number[] =>
  rows.filter((row) => row.kind === kind).map(({ entry_id }) => entry_id);

async function plainOf<Table extends 'corrections' | 'erasures' | 'checkpoints'>(
  db: LedgerDb,
  rows: readonly Row<'chain'>[],
  kind: Row<'chain'>['kind'],
  table: Table,
  digestsOf: (row: Row<Table>) => Digests,
): Promise<Map<number, Digests>> {
  const ids = idsOf(rows, kind);
  if (ids.length === 0) return new Map();
  const found = await db
    .selectFrom(table as 'erasures')
    .selectAll()
    .where('id', 'in', ids)
    .where('host_id', '=', hostOf(rows))
    .execute();
  return new Map(found.map((row) => [row.id, digestsOf(row as unknown as Row<Table>)]));
}

async function sessionsOf(
  db: LedgerDb,
  rows: readonly Row<'chain'>[],
): Promise<Map<number, { now: Digests; session: EnteredSession }>> {
  const ids = idsOf(rows, 'session');
  if (ids.length === 0) return new Map();
  const corrections = await db.selectFrom('corrections').select('session_id').where('session_id', 'in', ids).execute();
  const corrected = new Set(corrections.map(({ session_id }) => session_id));
  const keys = new Map(rows.map(({ kind, entry_id, row_key }) => [kind === 'session' ? entry_id : -1, row_key]));
  const found = await db
    .selectFrom('sessions')
    .selectAll()
    .where('id', 'in', ids)
    .where('host_id', '=', hostOf(rows))
    .execute();
  const entered = new Map(
    found.map((row) => {
      const { id, client_ip, client_port, key_fingerprint, superseded } = row;
      const seal = new Seal(keys.get(id) ?? NO_KEY);
      seal.session(row, row.source_id);
      const hasPersonal = isAny(client_ip, client_port, key_fingerprint);
      const session: EnteredSession = {
        ...{ row, superseded: new Set([superseded]), isCorrected: corrected.has(id), hasPersonal },
      };
      return [id, { seal, session }];
    }),
  );
  for await (const page of rowsOf(db, 'transfers', ids))
    for (const transfer of page) {
      const { session_id, superseded, path, path_raw, error } = transfer;
      const of = entered.get(session_id);
      of?.seal.transfer(transfer, transfer.source_id);
      of?.session.superseded.add(superseded);
      if (of) of.session.hasPersonal ||= path !== '' || isAny(path_raw, error);
    }
  for await (const page of rowsOf(db, 'changes', ids))
    for (const change of page) {
      const { session_id, superseded, path, path_raw, target, readings, attributes, error } = change;
      const of = entered.get(session_id);
      of?.seal.change(change, change.source_id);
      of?.session.superseded.add(superseded);
      if (of) of.session.hasPersonal ||= isAny(path, path_raw, target, readings, attributes, error);
    }
  return new Map([...entered].map(([id, { seal, session }]) => [id, { now: seal.end(), session }]));
}

const isAny = (...fields: unknown[]): boolean => fields.some((field) => field !== null);
