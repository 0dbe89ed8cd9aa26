import type { Position } from '../../watch/position.ts';
import { digestsOfCorrection } from '../chain.ts';
import { ChainTail, newestCheckpoint } from '../chain-tail.ts';
import type { Ledger } from '../open.ts';
import type { LedgerDb, Row } from '../schema.ts';
import { type Bulk, inTransaction, type Values } from './bulk.ts';
import { decide, type Verdict } from './decide.ts';
import { digestsOf, type Prepared } from './prepared.ts';

/** Where the reading was when sessions were read; to be kept with them or not at all. */
export interface ReaderState {
  /** As it was found: another import may have gone ahead since. */
  version: number;
  position: Position;
  /** Sessions that were told, and would be known by this if they came again; see Batch. */
  told: readonly { id: string; mark: number }[];
  /** What was told before this process began gets this mark; null where it has one. */
  firstMark: number | null;
}

export interface Load {
  sessions: readonly Prepared[];
  /** The host that reads. */
  hostId: number;
  /** Null where files were read that nobody follows. */
  reader: ReaderState | null;
  /** Numbers of the files that lines were read from; makes rows of them where there are none. */
  sourcesFor(db: LedgerDb): Promise<(evidence: number) => number>;
}

/** Another import has read the same lines meanwhile, and kept what they told. */
export class Overtaken extends Error {}

export interface Committed {
  sessions: number;
  transfers: number;
  corrections: number;
  /** Sessions that were there already, or were pruned. */
  known: number;
}

/** Microseconds since 1970. */
const now = (): number => Date.now() * 1000;

/**
 * Puts sessions and the position of the reading into the ledger, all or nothing.
 *
 * @throws Overtaken where the position is not the one that the reading began at
 */
export const commit = (ledger: Ledger, load: Load): Promise<Committed> =>
  inTransaction(ledger, async (db, bulk) => {
    if (load.reader !== null) await advance(db, bulk, load.hostId, load.reader);
    const { sessions } = load;
    const hosts = await hostsNamed(db, [...new Set(sessions.map(({ host }) => host))]);
    await bulk.lock([load.hostId, ...hosts.values()]);
    const sourceOf = await load.sourcesFor(db);
    const verdicts = await decide(db, await notPruned(db, sessions, hosts), hosts);
    await put(db, bulk, verdicts, sourceOf);
    return {
      sessions: verdicts.length,
      transfers: verdicts.reduce((sum, { prepared }) => sum + prepared.transfers.length, 0),
      corrections: verdicts.reduce((sum, { supersedes }) => sum + supersedes.length, 0),
      known: sessions.length - verdicts.length,
    };
  });

async function advance(db: LedgerDb, bulk: Bulk, hostId: number, reader: ReaderState): Promise<void> {
  const { version, position, told, firstMark } = reader;
  const { numUpdatedRows } = await db
    .updateTable('readers')
    .set({ version: version + 1, position: JSON.stringify(position) })
    .where('host_id', '=', hostId)
    .where('version', '=', version)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) throw new Overtaken();
  if (firstMark !== null) await db.updateTable('told').set({ mark: firstMark }).where('host_id', '=', hostId).execute();
  await db.deleteFrom('told').where('host_id', '=', hostId).where('mark', '<', position.mark).execute();
  const rows = told.filter(({ mark }) => mark >= position.mark).map(({ id, mark }): Values => [hostId, id, mark]);
  if (rows.length > 0) await bulk.insert('told', ['host_id', 'session_key', 'mark'], rows);
}

/** What is so old that it was pruned does not come back with a file that is read once more. */
async function notPruned(
  db: LedgerDb,
  sessions: readonly Prepared[],
  hosts: ReadonlyMap<string, number>,
): Promise<Prepared[]> {
  const before = new Map<string, number>();
  for (const [name, id] of hosts) before.set(name, (await newestCheckpoint(db, id))?.before_at ?? 0);
  return sessions.filter(({ host, row }) => row.last_at >= (before.get(host) ?? 0));
}

/** @returns their numbers by their names */
async function hostsNamed(db: LedgerDb, names: readonly string[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, await hostNamed(db, name));
  return found;
}

export async function hostNamed(db: LedgerDb, name: string): Promise<number> {
  const find = () => db.selectFrom('hosts').select('id').where('name', '=', name).executeTakeFirst();
  const known = await find();
  if (known) return known.id;
  await db
    .insertInto('hosts')
    .values({ name, machine_id: null, added_at: now() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return ((await find()) as { id: number }).id;
}

const SESSION = [
  ...['id', 'host_id', 'session_key', 'version', 'superseded', 'pid', 'user_name', 'client_ip', 'client_port'],
  ...['login_method', 'key_type', 'key_fingerprint', 'login_ambiguous', 'opened_at', 'closed_at', 'first_at'],
  ...['last_at', 'ended', 'uploads', 'downloads', 'bytes_in', 'bytes_out', 'bytes_copied', 'removed', 'failed'],
  ...['exact', 'omitted', 'requests', 'source_id', 'source_offset'],
];

const TRANSFER = [
  ...['session_id', 'n', 'superseded', 'direction', 'status', 'path', 'path_raw', 'path_cut', 'bytes_read'],
  ...['bytes_written', 'exact', 'copied', 'error', 'opened_at', 'closed_at', 'source_id', 'source_offset'],
];

const CHANGE = [
  ...['session_id', 'n', 'superseded', 'at', 'action', 'status', 'path', 'path_raw', 'path_cut', 'target'],
  ...['readings', 'attributes', 'request', 'error', 'source_id', 'source_offset'],
];

const CHAIN = ['host_id', 'position', 'kind', 'entry_id', 'content', 'personal', 'row_key', 'hash'];

async function put(
  db: LedgerDb,
  bulk: Bulk,
  verdicts: readonly Verdict[],
  sourceOf: (evidence: number) => number,
): Promise<void> {
  if (verdicts.length === 0) return;
  const ids = await bulk.sessionIds(verdicts.length);
  for (const [index, { known }] of verdicts.entries()) known.id = ids[index] as number;
  await bulk.insert('sessions', SESSION, sessionRows(verdicts, sourceOf));
  await bulk.insert('transfers', TRANSFER, transferRows(verdicts, sourceOf));
  await bulk.insert('changes', CHANGE, changeRows(verdicts, sourceOf));
  await enterChains(db, bulk, verdicts, sourceOf);
  for (const { supersedes } of verdicts)
    await supersede(
      db,
      supersedes.map(({ id }) => id),
    );
}

function* sessionRows(verdicts: readonly Verdict[], sourceOf: (evidence: number) => number): Generator<Values> {
  for (const { prepared, hostId, known } of verdicts) {
    const { row, evidence } = prepared;
    yield [
      ...[known.id, hostId, row.session_key, row.version, 0, row.pid, row.user_name, row.client_ip, row.client_port],
      ...[row.login_method, row.key_type, row.key_fingerprint, row.login_ambiguous, row.opened_at, row.closed_at],
      ...[row.first_at, row.last_at, row.ended, row.uploads, row.downloads, row.bytes_in, row.bytes_out],
      ...[row.bytes_copied, row.removed, row.failed, row.exact, row.omitted, row.requests, sourceOf(evidence)],
      row.source_offset,
    ];
  }
}

function* transferRows(verdicts: readonly Verdict[], sourceOf: (evidence: number) => number): Generator<Values> {
  for (const { prepared, known } of verdicts)
    for (const row of prepared.transfers)
      yield [
        known.id,
        row.n,
        0,
        row.direction,
        row.status,
        row.path,
        row.path_raw,
        row.path_cut,
        row.bytes_read,
        row.bytes_written,
        row.exact,
        row.copied,
        row.error,
        row.opened_at,
        row.closed_at,
        sourceOf(row.evidence),
        row.source_offset,
      ];
}

function* changeRows(verdicts: readonly Verdict[], sourceOf: (evidence: number) => number): Generator<Values> {
  for (const { prepared, known } of verdicts)
    for (const row of prepared.changes)
      yield [
        known.id,
        row.n,
        0,
        row.at,
        row.action,
        row.status,
        row.path,
        row.path_raw,
        row.path_cut,
        row.target,
        row.readings,
        row.attributes,
        row.request,
        row.error,
        sourceOf(row.evidence),
        row.source_offset,
      ];
}

/** Each session enters the chain of its host, and behind it what it corrects. */
async function enterChains(
  db: LedgerDb,
  bulk: Bulk,
  verdicts: readonly Verdict[],
  sourceOf: (evidence: number) => number,
): Promise<void> {
  const tails = new Map<number, ChainTail>();
  for (const { hostId } of verdicts) if (!tails.has(hostId)) tails.set(hostId, await ChainTail.open(db, hostId));
  for (const { prepared, hostId, known, supersedes } of verdicts) {
    const tail = tails.get(hostId) as ChainTail;
    tail.add('session', known.id, digestsOf(prepared, sourceOf), prepared.key);
    for (const earlier of supersedes) {
      const correction = {
        ...{ host_id: hostId, session_id: earlier.id, by_session_id: known.id, recorded_at: now() },
        reason: earlier.opened_at === null && known.opened_at !== null ? 'its beginning' : 'more of it',
      };
      const { id } = await db.insertInto('corrections').values(correction).returning('id').executeTakeFirstOrThrow();
      tail.add('correction', id, digestsOfCorrection(correction), null);
    }
  }
  for (const tail of tails.values()) await bulk.insert('chain', CHAIN, tail.take().map(chainValues));
}

const chainValues = (row: Row<'chain'>): Values => [
  ...[row.host_id, row.position, row.kind, row.entry_id, row.content, row.personal, row.row_key, row.hash],
];

async function supersede(db: LedgerDb, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await db.updateTable('sessions').set({ superseded: 1 }).where('id', 'in', ids).execute();
  for (const table of ['transfers', 'changes'] as const)
    await db.updateTable(table).set({ superseded: 1 }).where('session_id', 'in', ids).execute();
}
