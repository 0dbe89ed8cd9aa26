import { jsonLine } from '../ui/json-line.ts';
import { hexOf } from './chain.ts';
import type { Prepared, PreparedChange, PreparedTransfer } from './import/prepared.ts';
import { rowsOf } from './pages.ts';
import type { LedgerDb, Row } from './schema.ts';

/** What the logs and the ledger tell differently. */
export interface Difference {
  host: string;
  /** As `sessions --json` names it. */
  session: string;
  user: string | null;
  /** `missing` in the ledger; `extra` there, with no log that tells of it; or it `differs`. */
  kind: 'missing' | 'extra' | 'differs';
  /** Of what differs: `transfer 3, bytes_written: 5 in the log, 6 in the ledger`. */
  details: string[];
}

export interface Reconciled {
  /** Sessions that both tell of. */
  compared: number;
  /** Sessions of which names, addresses and keys were erased, and are not compared. */
  erased: number;
  /** Sessions that were pruned. */
  pruned: number;
  /** Sessions of which only a part is in these logs. */
  inPart: number;
  differences: Difference[];
}

export interface Period {
  /** Microseconds since 1970: sessions of which the last line was logged then or later; null is where the logs begin. */
  since: number | null;
  /** And before then; null is where they end. */
  until: number | null;
  user: string | undefined;
}

/** Compares sessions that are read from logs with those in the ledger, some at a time. */
export class Reconciler {
  readonly result: Reconciled = { compared: 0, erased: 0, pruned: 0, inPart: 0, differences: [] };
  private readonly db: LedgerDb;
  private readonly period: Period;
  private readonly hosts = new Map<string, { id: number; prunedBefore: number }>();
  /** Of the ledger. */
  private readonly seen = new Set<number>();
  private from = Number.POSITIVE_INFINITY;
  private to = Number.NEGATIVE_INFINITY;

  private constructor(db: LedgerDb, period: Period) {
    this.db = db;
    this.period = period;
  }

  static async open(db: LedgerDb, period: Period): Promise<Reconciler> {
    const reconciler = new Reconciler(db, period);
    for (const { id, name } of await db.selectFrom('hosts').select(['id', 'name']).execute()) {
      const { before } = await db
        .selectFrom('checkpoints')
        .select(({ fn }) => fn.max<number | null>('before_at').as('before'))
        .where('host_id', '=', id)
        .executeTakeFirstOrThrow();
      reconciler.hosts.set(name, { id, prunedBefore: before ?? 0 });
    }
    return reconciler;
  }

  async compare(all: readonly Prepared[]): Promise<void> {
    for (const { row } of all) {
      this.from = Math.min(this.from, row.first_at);
      this.to = Math.max(this.to, row.last_at);
    }
    const meant = all.filter(({ row }) => this.isMeant(row));
    const keys = meant.map(({ row }) => row.session_key);
    if (keys.length === 0) return;
    const found = await this.db
      .selectFrom('sessions')
      .selectAll()
      .where('session_key', 'in', keys)
      .where('superseded', '=', 0)
      .execute();
    const byKey = new Map(found.map((row) => [row.session_key, row]));
    const rows = await this.rowsOf(found.map(({ id }) => id));
    for (const prepared of meant) {
      const row = byKey.get(prepared.row.session_key);
      if (row === undefined) await this.without(prepared);
      else this.pair(prepared, row, rows.transfers.get(row.id) ?? [], rows.changes.get(row.id) ?? []);
    }
  }

  /** What is in the ledger and no log has told of. */
  async end(hosts: ReadonlySet<string>): Promise<Reconciled> {
    const { since, until, user } = this.period;
    for (const [name, { id }] of this.hosts) {
      if (!hosts.has(name)) continue;
      const rows = await this.db
        .selectFrom('sessions')
        .select(['id', 'session_key', 'user_name', 'ended'])
        .where('host_id', '=', id)
        .where('superseded', '=', 0)
        .where('last_at', '>=', since ?? this.from)
        .$if(until !== null, (query) => query.where('last_at', '<', until as number))
        .$if(until === null, (query) => query.where('last_at', '<=', this.to))
        .$if(user !== undefined, (query) => query.where('user_name', '=', user as string))
        .orderBy('id')
        .execute();
      // What has no end in the logs is never read to its end: the import was told by a reboot.
      for (const row of rows)
        if (!this.seen.has(row.id) && row.ended !== 'unknown' && row.ended !== 'open')
          this.differ(name, row.session_key, row.user_name, 'extra', []);
    }
    return this.result;
  }

  private isMeant({ last_at, user_name }: Prepared['row']): boolean {
    const { since, until, user } = this.period;
    return (
      (since === null || last_at >= since) &&
      (until === null || last_at < until) &&
      (user === undefined || user_name === user)
    );
  }

  /** One that the ledger does not have under its key. */
  private async without({ host, row }: Prepared): Promise<void> {
    const known = this.hosts.get(host);
    const whole =
      known &&
      (await this.db
        .selectFrom('sessions')
        .select('id')
        .where('host_id', '=', known.id)
        .where('pid', '=', row.pid)
        .where('first_at', '<=', row.last_at)
        .where('last_at', '>=', row.first_at)
        .where('superseded', '=', 0)
        .executeTakeFirst());
    if (whole && row.opened_at === null) {
      this.seen.add(whole.id);
      this.result.inPart++;
    } else if (known && row.last_at < known.prunedBefore) this.result.pruned++;
    else this.differ(host, row.session_key, row.user_name, 'missing', []);
  }

  private pair(
    prepared: Prepared,
    row: Row<'sessions'>,
    transfers: readonly Row<'transfers'>[],
    changes: readonly Row<'changes'>[],
  ): void {
    this.seen.add(row.id);
    this.result.compared++;
    const isErased = row.user_name?.startsWith('erased:') ?? false;
    if (isErased) this.result.erased++;
    const leftOut = (personal: readonly string[]): ReadonlySet<string> => new Set(isErased ? personal : []);
    const details = [
      ...fieldsThatDiffer('', prepared.row, row, leftOut(PERSONAL.session)),
      ...rowsThatDiffer('transfer', prepared.transfers, transfers, leftOut(PERSONAL.transfer)),
      ...rowsThatDiffer('change', prepared.changes, changes, leftOut(PERSONAL.change)),
    ];
    if (details.length > 0) this.differ(prepared.host, row.session_key, row.user_name, 'differs', details);
  }

  private differ(
    host: string,
    session: string,
    user: string | null,
    kind: Difference['kind'],
    details: string[],
  ): void {
    this.result.differences.push({ host, session, user, kind, details });
  }

  private async rowsOf(ids: readonly number[]) {
    const transfers = new Map<number, Row<'transfers'>[]>();
    const changes = new Map<number, Row<'changes'>[]>();
    for await (const page of rowsOf(this.db, 'transfers', ids)) for (const row of page) put(transfers, row);
    for await (const page of rowsOf(this.db, 'changes', ids)) for (const row of page) put(changes, row);
    return { transfers, changes };
  }
}

function put<One extends { session_id: number }>(map: Map<number, One[]>, row: One): void {
  const rows = map.get(row.session_id);
  if (rows) rows.push(row);
  else map.set(row.session_id, [row]);
}

const PERSONAL = {
  session: ['user_name', 'client_ip', 'client_port', 'key_fingerprint'],
  transfer: ['path', 'path_raw', 'error'],
  change: ['path', 'path_raw', 'target', 'readings', 'attributes', 'error'],
} as const;

/** Where in which file a line stood, and how often it was read anew, is no part of what happened. */
const NOT_COMPARED: ReadonlySet<string> = new Set(['source_offset', 'evidence', 'version']);

function fieldsThatDiffer(name: string, log: object, ledger: object, leftOut: ReadonlySet<string>): string[] {
  return Object.entries(log).flatMap(([column, value]) => {
    if (NOT_COMPARED.has(column) || leftOut.has(column)) return [];
    const other = (ledger as Record<string, unknown>)[column];
    return isSame(value, other) ? [] : [`${name}${column}: ${shown(value)} in the log, ${shown(other)} in the ledger`];
  });
}

function rowsThatDiffer(
  name: string,
  log: readonly (PreparedTransfer | PreparedChange)[],
  ledger: readonly (Row<'transfers'> | Row<'changes'>)[],
  leftOut: ReadonlySet<string>,
): string[] {
  const byRank = new Map<number, object>(ledger.map((row) => [row.n, row]));
  const details = log.flatMap((row) => {
    const other = byRank.get(row.n);
    byRank.delete(row.n);
    if (other === undefined) return [`${name} ${row.n}: not in the ledger`];
    return fieldsThatDiffer(`${name} ${row.n}, `, row, other, leftOut);
  });
  return [...details, ...[...byRank.keys()].map((n) => `${name} ${n}: in no log`)];
}

const isSame = (one: unknown, other: unknown): boolean =>
  one instanceof Uint8Array && other instanceof Uint8Array ? Buffer.compare(one, other) === 0 : one === other;

const shown = (value: unknown): string => (value instanceof Uint8Array ? hexOf(value) : jsonLine(value));
