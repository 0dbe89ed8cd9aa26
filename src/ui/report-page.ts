import type { Report, ReportKey, ReportRow } from '../ledger/report.ts';
import { type Bar, columnChart, rowChart } from './chart.ts';
import { csvRow } from './csv.ts';
import type { Page, PageTable } from './page.ts';
import { bytesText } from './quantities.ts';

const NAMES: Record<ReportKey, string> = {
  ...{ user: 'account', host: 'host', day: 'day', month: 'month', direction: 'direction' },
  ...{ type: 'type of file', client: 'client' },
};

/** Rows beyond these are in the table alone. */
const MOST_BARS = { columns: 400, rows: 40 };

const isTime = ({ by }: Report): boolean => by[0] === 'day' || by[0] === 'month';

const keyText = (key: string | null): string => (key === null || key === '' ? '-' : key);

const barOf = ({ keys, bytesIn, bytesOut }: ReportRow): Bar => ({
  ...{ label: keys.map(keyText).join(' '), bytesIn, bytesOut },
});

/** A page for people who would rather look than read. */
export function reportPage(report: Report): Page {
  const { by, period, zone, user, rows, total } = report;
  const words = by.map((key) => NAMES[key]).join(' and ');
  // Several rows of one day would stand beside each other as if they were days.
  const makesColumns = isTime(report) && by.length === 1;
  const shown = rows.slice(0, makesColumns ? MOST_BARS.columns : MOST_BARS.rows);
  const label = `Bytes by ${words}`;
  return {
    title: `Transfers by ${words}`,
    facts: [
      ['From', period.since === null ? 'the beginning' : stamp(period.since)],
      ['Until', period.until === null ? 'the end' : stamp(period.until)],
      ['Zone', zone],
      ...(user === null ? [] : [['Account', user] as const]),
      ['Received', `${bytesText(total.bytesIn)} in ${total.uploads} uploads`],
      ['Sent', `${bytesText(total.bytesOut)} in ${total.downloads} downloads`],
      ...(total.inexact > 0 ? [['Not known', `the bytes of ${total.inexact} transfers`] as const] : []),
    ],
    sections: [
      { title: label, chart: (makesColumns ? columnChart : rowChart)(label, shown.map(barOf)) },
      { title: 'In figures', table: reportTable(report) },
    ],
  };
}

const stamp = (micros: number): string => `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 19)}Z`;

export function reportTable({ by, rows, more, total }: Report): PageTable {
  const right = (head: string) => ({ head, align: 'right' as const });
  const hasInexact = total.inexact > 0;
  const hasCopies = total.bytesCopied > 0;
  const cells = (keys: readonly string[], sums: Report['total']) => [
    ...[...keys, String(sums.transfers), String(sums.uploads), String(sums.downloads)],
    ...[bytesText(sums.bytesIn), bytesText(sums.bytesOut)],
    ...(hasCopies ? [bytesText(sums.bytesCopied)] : []),
    ...(hasInexact ? [String(sums.inexact)] : []),
  ];
  const blank = by.slice(1).map(() => '');
  return {
    columns: [
      ...by.map((key) => ({ head: key.toUpperCase() })),
      ...['TRANSFERS', 'UP', 'DOWN', 'IN', 'OUT'].map(right),
      ...(hasCopies ? [right('COPIED')] : []),
      ...(hasInexact ? [right('UNKNOWN')] : []),
    ],
    rows: [
      ...rows.map((row) => cells(row.keys.map(keyText), row)),
      ...(more.rows > 0 ? [cells([`${more.rows} more`, ...blank], more.sums)] : []),
      cells(['total', ...blank], total),
    ],
  };
}

const SUMS = ['transfers', 'uploads', 'downloads', 'bytesIn', 'bytesOut', 'bytesCopied', 'inexact'] as const;

/** Rows end with CR, to which the caller adds LF. What is not listed one by one is a row whose keys are empty. */
export const reportCsv = ({ by, rows, more }: Report): string[] => [
  csvRow([...by, 'transfers', 'uploads', 'downloads', 'bytes_in', 'bytes_out', 'bytes_copied', 'inexact']),
  ...rows.map((row) => csvRow([...row.keys, ...SUMS.map((name) => row[name])])),
  ...(more.rows > 0 ? [csvRow([...by.map(() => null), ...SUMS.map((name) => more.sums[name])])] : []),
];

/** One object: an interface with a version. */
export const reportJson = ({ by, zone, period, user, rows, more, total }: Report) => ({
  ...{ v: 1, by, zone, user },
  since: period.since === null ? null : stamp(period.since),
  until: period.until === null ? null : stamp(period.until),
  rows: rows.map(({ keys, ...sums }) => ({
    ...Object.fromEntries(by.map((key, index) => [key, keys[index]])),
    ...sums,
  })),
  more: { rows: more.rows, ...more.sums },
  total,
});
