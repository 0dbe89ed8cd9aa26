import type { Statement } from '../ledger/statement.ts';
import { standingOf } from '../ledger/usage.ts';
import { type Cell, csvRow } from './csv.ts';

const COLUMNS = [
  ...['statement', 'account', 'month', 'kind', 'item', 'billed', 'bytes_in', 'bytes_out', 'bytes', 'included', 'over'],
  ...['rate', 'per', 'amount', 'currency', 'time', 'host', 'session', 'n', 'direction', 'status', 'path', 'path_cut'],
] as const;

type Row = { [Column in (typeof COLUMNS)[number]]?: Cell };

/** One table of everything: `kind` says what a row is. Times are UTC. Rows end with CR, to which the caller adds LF. */
export function statementCsv(statement: Statement): string[] {
  const { number, user, month, terms, base, lines, corrections, total, figures, heads } = statement;
  const money = (amount: string): Row => ({ amount: { figure: amount }, currency: terms.currency });
  const rows: Row[] = [
    { kind: 'base', ...money(base) },
    ...lines.map(
      ({ meter, used, included, over, rate, amount }): Row => ({
        ...{
          kind: 'line',
          item: meter,
          bytes: used,
          included,
          over,
          rate: { figure: rate },
          per: terms.per,
          ...money(amount),
        },
      }),
    ),
    ...corrections.map(
      (each): Row => ({
        ...{ kind: 'correction', item: each.number, time: each.month, bytes_in: each.upload, bytes_out: each.download },
        ...money(each.amount),
      }),
    ),
    { kind: 'total', ...money(total) },
    { kind: 'storage', item: 'peak', bytes: figures.stored.peak },
    { kind: 'storage', item: 'mean', bytes: figures.stored.mean },
    ...figures.stored.missing.map((days): Row => ({ kind: 'not-measured', item: days })),
    ...statement.snapshots.map(
      ({ day, host, bytes, method }): Row => ({ kind: 'snapshot', item: method, time: day, host, bytes }),
    ),
    ...heads.map(({ host, count, hash }): Row => ({ kind: 'chain', item: hash, host, n: count })),
    ...statement.transfers.map((transfer): Row => {
      const standing = standingOf(transfer);
      return {
        ...{ kind: 'transfer', item: standing, billed: standing === 'billed', time: stamp(transfer.at) },
        ...{ bytes_in: transfer.bytesWritten, bytes_out: transfer.bytesRead, host: transfer.host },
        ...{ session: transfer.session, n: transfer.n, direction: transfer.direction, status: transfer.status },
        ...{ path: transfer.path, path_cut: transfer.pathCut },
      };
    }),
    ...statement.uncounted.map(
      ({ host, session, count, bytesIn, bytesOut, exact }): Row => ({
        ...{ kind: 'uncounted', billed: exact, bytes_in: bytesIn, bytes_out: bytesOut, host, session, n: count },
      }),
    ),
  ];
  const own: Row = { statement: number, account: user, month };
  return [
    csvRow(COLUMNS),
    ...rows.map((row) => {
      const all: Row = { ...own, ...row };
      return csvRow(COLUMNS.map((column) => all[column]));
    }),
  ];
}

const stamp = (micros: number): string =>
  `${new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19)}.${String(micros % 1e6).padStart(6, '0')}Z`;
