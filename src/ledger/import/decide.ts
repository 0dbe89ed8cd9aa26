import type { LedgerDb } from '../schema.ts';
import type { Prepared } from './prepared.ts';

/** A session that is in the ledger, or will be with this transaction. */
export interface Known {
  id: number;
  session_key: string;
  version: number;
  superseded: 0 | 1;
  host_id: number;
  pid: number;
  opened_at: number | null;
  closed_at: number | null;
  first_at: number;
  last_at: number;
  ended: string;
  login_method: string | null;
  exact: number;
  requests: number;
}

const COLUMNS = [
  ...(['id', 'session_key', 'version', 'superseded', 'host_id', 'pid', 'opened_at', 'closed_at'] as const),
  ...(['first_at', 'last_at'] as const),
  ...(['ended', 'login_method', 'exact', 'requests'] as const),
] as const;

/** What becomes of a session that was read. */
export interface Verdict {
  prepared: Prepared;
  hostId: number;
  /** Those that it takes the place of, because it tells more of the same session. */
  supersedes: Known[];
  /** As it is known to those that come after it. */
  known: Known;
}

/** Names in one question. */
const MOST = 1000;

/**
 * Which of these sessions are new, or tell more than is known. The same session can have been read before: from another
 * file, by another host, or only its last lines. Its id says so, or that it is the same process at the same time.
 *
 * @param hosts numbers of hosts by their names
 */
export async function decide(
  db: LedgerDb,
  all: readonly Prepared[],
  hosts: ReadonlyMap<string, number>,
): Promise<Verdict[]> {
  const known = new KnownSessions(await alreadyThere(db, all, hosts));
  const pruned = await prunedBefore(db, [...hosts.values()]);
  const verdicts: Verdict[] = [];
  for (const prepared of all) {
    const { row, host } = prepared;
    const hostId = hosts.get(host) as number;
    const own: Known = { ...(row as Omit<Known, 'id' | 'host_id'>), id: 0, host_id: hostId, superseded: 0 };
    // What was pruned does not come back with an old log.
    if (endOf(own) < (pruned.get(hostId) ?? 0)) continue;
    const same = known.same(own);
    if (!same.every((other) => tellsMore(own, other))) continue;
    own.version = 1 + Math.max(0, ...known.versionsOf(own));
    row.version = own.version;
    known.replace(same, own);
    verdicts.push({ prepared, hostId, supersedes: same, known: own });
  }
  return verdicts;
}

/** Everything that the other tells, and something beyond it. */
function tellsMore(one: Known, other: Known): boolean {
  const pairs = [
    [one.requests, other.requests],
    [hasEnd(one), hasEnd(other)],
    [one.opened_at !== null, other.opened_at !== null],
    [one.login_method !== null, other.login_method !== null],
    [one.exact, other.exact],
  ].map(([mine, its]) => [Number(mine), Number(its)] as const);
  return pairs.every(([mine, its]) => mine >= its) && pairs.some(([mine, its]) => mine > its);
}

const hasEnd = ({ ended }: Known): boolean => ended !== 'open' && ended !== 'unknown';

const endOf = ({ closed_at, last_at }: Known): number => closed_at ?? last_at;

/** @returns for each host that was pruned the time before which nothing is kept */
async function prunedBefore(db: LedgerDb, hostIds: readonly number[]): Promise<Map<number, number>> {
  if (hostIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('checkpoints')
    .select(['host_id', ({ fn }) => fn.max('before_at').as('before_at')])
    .where('host_id', 'in', hostIds)
    .groupBy('host_id')
    .execute();
  return new Map(rows.map(({ host_id, before_at }) => [host_id, before_at]));
}

async function alreadyThere(
  db: LedgerDb,
  all: readonly Prepared[],
  hosts: ReadonlyMap<string, number>,
): Promise<Known[]> {
  const found: Known[] = [];
  const everything = () => db.selectFrom('sessions').select(COLUMNS);
  const counted = () => everything().where('superseded', '=', 0);
  const keys = all.map(({ row }) => row.session_key);
  for (let at = 0; at < keys.length; at += MOST)
    found.push(
      ...(await everything()
        .where('session_key', 'in', keys.slice(at, at + MOST))
        .execute()),
    );
  const ids = [...new Set(all.map(({ host }) => hosts.get(host) as number))];
  const [from, to] = all.reduce(
    ([least, most], { row }) => [Math.min(least, row.first_at), Math.max(most, row.last_at)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  // Few sessions lack their beginning: those that do may be the rest of one that has it.
  if (ids.length > 0)
    found.push(
      ...(await counted()
        .where('host_id', 'in', ids)
        .where('opened_at', 'is', null)
        .where('first_at', '>=', from)
        .where('first_at', '<=', to)
        .execute()),
    );
  for (const { host, row } of all)
    if (row.opened_at === null)
      found.push(
        ...(await counted()
          .where('host_id', '=', hosts.get(host) as number)
          .where('pid', '=', row.pid)
          .where('first_at', '<=', row.last_at)
          .where('last_at', '>=', row.first_at)
          .execute()),
      );
  return found;
}

class KnownSessions {
  private readonly byKey = new Map<string, Known[]>();
  private readonly byProcess = new Map<string, Set<Known>>();

  constructor(found: readonly Known[]) {
    for (const one of new Map(found.map((known) => [known.id, known])).values()) this.add(one);
  }

  same(session: Known): Known[] {
    const ofProcess = this.byProcess.get(processOf(session)) ?? [];
    return [...ofProcess].filter(
      (other) =>
        other.superseded === 0 &&
        (other.session_key === session.session_key ||
          (other.first_at <= endOf(session) && session.first_at <= endOf(other))),
    );
  }

  versionsOf({ session_key }: Known): number[] {
    return (this.byKey.get(session_key) ?? []).map(({ version }) => version);
  }

  replace(earlier: readonly Known[], by: Known): void {
    for (const each of earlier) each.superseded = 1;
    this.add(by);
  }

  private add(session: Known): void {
    put(this.byKey, session.session_key, []).push(session);
    put(this.byProcess, processOf(session), new Set()).add(session);
  }
}

const processOf = ({ host_id, pid }: Known): string => `${host_id} ${pid}`;

function put<Value>(map: Map<string, Value>, key: string, empty: Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  map.set(key, empty);
  return empty;
}
