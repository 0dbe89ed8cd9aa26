import { type RawBuilder, sql } from 'kysely';
import { dayOfNumber, type Offset, offsetsIn, type Span } from './calendar.ts';
import type { Ledger } from './open.ts';
import type { LedgerDb } from './schema.ts';

/** What transfers can be put together by. `type` is the extension of the file's name. */
export const REPORT_KEYS = ['user', 'host', 'day', 'month', 'direction', 'type', 'client'] as const;
export type ReportKey = (typeof REPORT_KEYS)[number];

export interface Sums {
  transfers: number;
  /** Completed ones that crossed the wire. */
  uploads: number;
  downloads: number;
  /** Bytes that are exact and crossed the wire: what is billed. */
  bytesIn: number;
  bytesOut: number;
  bytesCopied: number;
  /** Transfers of which the bytes are not known. */
  inexact: number;
}

export interface ReportRow extends Sums {
  /** In the order of the keys that were asked for; null where it is not known. */
  keys: (string | null)[];
}

export interface Report {
  by: readonly ReportKey[];
  zone: string;
  /** Null where nothing limits it. */
  period: { since: number | null; until: number | null };
  user: string | null;
  rows: ReportRow[];
  /** Rows that are not listed. */
  more: { rows: number; sums: Sums };
  total: Sums;
}

export interface ReportOptions extends Pick<Report, 'by' | 'zone' | 'user'> {
  /** Microseconds since 1970; null is open. */
  since: number | null;
  until: number | null;
  /** So many rows at most, those with the most bytes. */
  top: number | null;
}

/** A transfer that was never closed belongs to when it was opened. */
const WHEN = sql.raw<number>('coalesce(t.closed_at, t.opened_at, s.last_at)');
const DAY = 86_400_000_000;

/** Days since 1970 by the clocks of a zone: databases that know no zones are told its offsets. */
function dayIn(offsets: readonly Offset[]): RawBuilder<number> {
  const day = (ahead: number) => sql.raw<number>(`(${WHEN_TEXT} + ${ahead}) / ${DAY}`);
  const [only] = offsets;
  if (only && offsets.length === 1) return day(only.ahead);
  const cases = offsets.map(({ until, ahead }) =>
    until === Number.POSITIVE_INFINITY
      ? sql`ELSE ${day(ahead)}`
      : sql`WHEN ${WHEN} < ${sql.raw(String(until))} THEN ${day(ahead)}`,
  );
  return sql<number>`CASE ${sql.join(cases, sql` `)} END`;
}
const WHEN_TEXT = 'coalesce(t.closed_at, t.opened_at, s.last_at)';

/**
 * What follows the last dot of a file's name, where those are up to ten letters and digits and something stands before
 * the dot; ? where the name was cut. A customer who invents names does not make a row with each.
 */
const TYPE = {
  sqlite: (() => {
    const stem = "rtrim(t.path, replace(t.path, '.', ''))";
    const tail = `substr(t.path, length(${stem}) + 1)`;
    return `CASE WHEN t.path_cut = 1 THEN '?'
      WHEN length(${stem}) < 2 OR substr(${stem}, -2, 1) = '/' OR length(${tail}) NOT BETWEEN 1 AND 10
        OR ${tail} GLOB '*[^0-9A-Za-z]*' THEN ''
      ELSE lower(${tail}) END`;
  })(),
  postgres: `CASE WHEN t.path_cut = 1 THEN '?'
    ELSE coalesce(lower(substring(t.path FROM '[^/]\\.([0-9A-Za-z]{1,10})$')), '') END`,
};

/** PostgreSQL adds up bigint to numeric. */
const sum = (dialect: Ledger['native']['dialect'], what: string): string =>
  dialect === 'sqlite' ? `coalesce(sum(${what}), 0)` : `coalesce(sum(${what}), 0)::bigint`;

const OVER_THE_WIRE = "t.status = 'completed' AND t.copied IS NULL";
/** As a statement bills it. */
const BILLED = 'CASE WHEN t.exact = 1 AND t.copied IS NULL AND t.closed_at IS NOT NULL THEN';

const sumsOf = (dialect: Ledger['native']['dialect']): string =>
  [
    'count(*)',
    sum(dialect, `CASE WHEN t.direction IN ('upload', 'both') AND ${OVER_THE_WIRE} THEN 1 ELSE 0 END`),
    sum(dialect, `CASE WHEN t.direction = 'download' AND ${OVER_THE_WIRE} THEN 1 ELSE 0 END`),
    sum(dialect, `${BILLED} t.bytes_written ELSE 0 END`),
    sum(dialect, `${BILLED} t.bytes_read ELSE 0 END`),
    sum(dialect, 'CASE WHEN t.copied IS NOT NULL THEN coalesce(t.bytes_written, 0) ELSE 0 END'),
    sum(dialect, 'CASE WHEN t.exact = 0 THEN 1 ELSE 0 END'),
  ]
    .map((expression, index) => `${expression} AS ${SUMS[index]}`)
    .join(', ');

const SUMS = ['transfers', 'uploads', 'downloads', 'bytes_in', 'bytes_out', 'bytes_copied', 'inexact'] as const;

type Found = Record<(typeof SUMS)[number], number> & Record<`key${number}`, string | number | null>;

/** The query of a report. A month is put together of its days, so that no database has to know months. */
export function reportQuery(dialect: Ledger['native']['dialect'], options: ReportOptions, offsets: readonly Offset[]) {
  const { by, since, until, user } = options;
  const expressions: Record<ReportKey, RawBuilder<unknown>> = {
    ...{ user: sql.raw('s.user_name'), host: sql.raw('h.name'), client: sql.raw('s.client_ip') },
    ...{ direction: sql.raw('t.direction'), type: sql.raw(TYPE[dialect]), day: dayIn(offsets), month: dayIn(offsets) },
  };
  const keys = by.map((key, index) => sql`${expressions[key]} AS ${sql.raw(`key${index}`)}`);
  const joined = sql.raw(by.includes('host') ? 'JOIN hosts h ON h.id = s.host_id' : '');
  const limits = [
    sql`t.superseded = 0`,
    ...(user === null ? [] : [sql`s.user_name = ${user}`]),
    ...(since === null ? [] : [sql`${WHEN} >= ${since}`]),
    ...(until === null ? [] : [sql`${WHEN} < ${until}`]),
  ];
  const numbers = sql.raw(by.map((_, index) => String(index + 1)).join(', '));
  return sql<Found>`SELECT ${sql.join([...keys, sql.raw(sumsOf(dialect))])}
    FROM transfers t JOIN sessions s ON s.id = t.session_id ${joined}
    WHERE ${sql.join(limits, sql` AND `)} GROUP BY ${numbers}`;
}

/** Between the first transfer and the last. */
async function wholeSpan(db: LedgerDb): Promise<Span> {
  const { from, until } = await db
    .selectFrom('sessions')
    .select(({ fn }) => [fn.min('first_at').as('from'), fn.max('last_at').as('until')])
    .executeTakeFirstOrThrow();
  return { from: from === null ? 0 : Number(from), until: until === null ? 0 : Number(until) };
}

export async function makeReport({ db, native }: Ledger, options: ReportOptions): Promise<Report> {
  const { by, zone, since, until, user, top } = options;
  const needsDays = by.includes('day') || by.includes('month');
  const span = needsDays ? await wholeSpan(db) : { from: 0, until: 0 };
  const limits = { from: Math.max(span.from, since ?? 0), until: Math.min(span.until, until ?? span.until) };
  const { rows } = await reportQuery(native.dialect, options, offsetsIn(limits, zone)).execute(db);
  return {
    by,
    zone,
    period: { since, until },
    user,
    ...arranged(
      by,
      rows.map((row) => rowOf(by, row)),
      top,
    ),
  };
}

const rowOf = (by: readonly ReportKey[], found: Found): ReportRow => ({
  keys: by.map((key, index) => {
    const value = found[`key${index}`] ?? null;
    if (key !== 'day' && key !== 'month') return value === null ? null : String(value);
    return dayOfNumber(Number(value)).slice(0, key === 'day' ? 10 : 7);
  }),
  ...{ transfers: Number(found.transfers), uploads: Number(found.uploads), downloads: Number(found.downloads) },
  ...{ bytesIn: Number(found.bytes_in), bytesOut: Number(found.bytes_out) },
  ...{ bytesCopied: Number(found.bytes_copied), inexact: Number(found.inexact) },
});

const NOTHING: Sums = {
  ...{ transfers: 0, uploads: 0, downloads: 0, bytesIn: 0, bytesOut: 0, bytesCopied: 0, inexact: 0 },
};

const added = (one: Sums, other: Sums): Sums => ({
  transfers: one.transfers + other.transfers,
  uploads: one.uploads + other.uploads,
  downloads: one.downloads + other.downloads,
  bytesIn: one.bytesIn + other.bytesIn,
  bytesOut: one.bytesOut + other.bytesOut,
  bytesCopied: one.bytesCopied + other.bytesCopied,
  inexact: one.inexact + other.inexact,
});

const isTime = (key: ReportKey | undefined): boolean => key === 'day' || key === 'month';

/**
 * Rows with the same keys become one. Those of days and months are in the order of time; where the first key is
 * another, and where only the top is asked for, most bytes come first.
 */
export function arranged(
  by: readonly ReportKey[],
  found: readonly ReportRow[],
  top: number | null,
): Pick<Report, 'rows' | 'more' | 'total'> {
  const rows = new Map<string, ReportRow>();
  for (const row of found) {
    const name = JSON.stringify(row.keys);
    const known = rows.get(name);
    rows.set(name, known ? { keys: row.keys, ...added(known, row) } : row);
  }
  const names = new Map([...rows].map(([name, row]) => [row, name]));
  const byName = (one: ReportRow, other: ReportRow) => ((names.get(one) ?? '') < (names.get(other) ?? '') ? -1 : 1);
  const size = ({ bytesIn, bytesOut }: Sums) => bytesIn + bytesOut;
  const order =
    isTime(by[0]) && top === null
      ? byName
      : (one: ReportRow, other: ReportRow) => size(other) - size(one) || byName(one, other);
  const sorted = [...rows.values()].sort(order);
  const [listed, rest] = top === null ? [sorted, []] : [sorted.slice(0, top), sorted.slice(top)];
  return {
    rows: isTime(by[0]) ? listed.sort(byName) : listed,
    more: { rows: rest.length, sums: rest.reduce<Sums>(added, NOTHING) },
    total: sorted.reduce<Sums>(added, NOTHING),
  };
}
