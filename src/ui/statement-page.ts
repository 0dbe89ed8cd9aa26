import { rounded } from '../ledger/money.ts';
import type { Statement } from '../ledger/statement.ts';
import { type LedgerTransfer, type Standing, standingOf } from '../ledger/usage.ts';
import { BYTE_UNITS } from '../spec.ts';
import { wallTime } from '../zone.ts';
import type { Page, Section } from './page.ts';

/** The rules that a statement is made by, as they stand in each. */
const RULES = [
  'A transfer belongs to the month in which its close was logged, by the clocks of the zone that is named above; one without a close, to that in which it was opened, and it is not billed.',
  'Bytes are billed where the log gives them exactly and they crossed the wire, those of broken-off transfers too.',
  'Not billed: what the log does not give exactly, and what was copied on the server.',
  'Storage is measured once a day. A day that was not measured is not filled in; by the mean, it is not charged either.',
  'Each line is rounded once, to the nearest smallest unit of the currency, a half up; the total is the sum of the lines.',
  'What is found to belong to a month after its statement became final is corrected in the next one, by the rates of then.',
];

const right = (head: string) => ({ head, align: 'right' as const });

/** What a customer is sent. */
export function statementPage(statement: Statement): Page {
  const { user, month, number, terms, from, until } = statement;
  return {
    title:
      number === null ? `Statement of ${user} for ${month}, not final` : `Statement ${number} of ${user} for ${month}`,
    facts: [
      ['Account', user],
      ['Month', `${month} in ${terms.timezone}`],
      ['From', stamp(from)],
      ['Until', stamp(until)],
      ['Plan', terms.plan ?? 'none'],
      ['Currency', terms.currency],
      ['To pay', `${statement.total} ${terms.currency}`],
    ],
    sections: [
      amounts(statement),
      ...(statement.corrections.length > 0 ? [corrections(statement)] : []),
      notBilled(statement),
      storage(statement),
      ledger(statement),
      { title: 'How this is reckoned', notes: RULES },
      ...appendices(statement),
    ],
  };
}

/** UTC, to the microsecond. */
const stamp = (micros: number): string =>
  `${new Date(Math.floor(micros / 1e6) * 1000).toISOString().slice(0, 19)}${fraction(micros)}Z`;
const fraction = (micros: number): string => (micros % 1e6 === 0 ? '' : `.${String(micros % 1e6).padStart(6, '0')}`);

/** As the clocks of the statement's zone show it. */
const localTime = (micros: number, zone: string): string =>
  wallTime(Math.floor(micros / 1000), zone)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');

/** Bytes in a unit, with three decimals. */
function inUnits(bytes: number, unit: Statement['terms']['per']): string {
  const thousandths = rounded(BigInt(bytes) * 1000n, BigInt(BYTE_UNITS[unit]))
    .toString()
    .padStart(4, '0');
  return `${thousandths.slice(0, -3)}.${thousandths.slice(-3)} ${unit}`;
}

const NAMES = {
  upload: 'Uploads',
  download: 'Downloads',
  volume: 'Uploads and downloads',
  storage: 'Storage',
} as const;

function amounts({ base, lines, corrections: corrected, total, terms }: Statement): Section {
  const { per, currency, storageBy } = terms;
  return {
    title: 'Amount',
    table: {
      columns: [
        { head: '' },
        right('USED'),
        right('BYTES'),
        right('INCLUDED'),
        right('OVER'),
        right('RATE'),
        right(currency),
      ],
      rows: [
        ['Base fee', '', '', '', '', '', base],
        ...lines.map(({ meter, used, included, over, rate, share, amount }) => {
          const how = meter === 'storage' ? `, ${storageBy}${share ? ` of ${share[0]} of ${share[1]} days` : ''}` : '';
          return [
            ...[`${NAMES[meter]}${how}`, inUnits(used, per), String(used), String(included), String(over)],
            ...[`${rate} per ${per}`, amount],
          ];
        }),
        ...corrected.map(({ month, number, amount }) => [
          `Correction of ${number} (${month})`,
          '',
          '',
          '',
          '',
          '',
          amount,
        ]),
        ['Total', '', '', '', '', '', total],
      ],
    },
  };
}

const corrections = ({ corrections: corrected, terms }: Statement): Section => ({
  title: 'Corrections',
  notes: ['What was found since to belong to months of earlier statements, beyond what was billed for them.'],
  table: {
    columns: [
      ...[
        { head: 'STATEMENT' },
        { head: 'MONTH' },
        right('UPLOADED'),
        right('DOWNLOADED'),
        right('STORED'),
        right(terms.currency),
      ],
    ],
    rows: corrected.map(({ number, month, upload, download, amount, before, now }) => [
      ...[number, month, String(upload), String(download)],
      ...[String(now.stored[terms.storageBy] - before.stored[terms.storageBy]), amount],
    ]),
  },
});

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function notBilled({ figures: { moved } }: Statement): Section {
  const { copied, inexact, failed } = moved;
  return {
    title: 'Not billed',
    notes: [
      `Copied on the server: ${plural(copied.transfers, 'transfer')}, ${copied.bytes} bytes.`,
      `Not exact: ${plural(inexact.transfers, 'transfer')}, of at least ${inexact.bytes} bytes.`,
      `Refused: ${plural(failed, 'transfer')}.`,
    ],
  };
}

function storage({ figures: { stored }, snapshots }: Statement): Section {
  const { peak, mean, measured, days, missing, partial } = stored;
  return {
    title: 'Storage',
    notes: [
      `Peak: ${peak} bytes. Mean: ${mean} bytes. Measured on ${measured} of ${days} days.`,
      ...(missing.length > 0 ? [`Not measured: ${missing.join(', ')}.`] : []),
      ...(partial.length > 0
        ? [`Files moved while they were counted, so there may have been more: ${partial.join(', ')}.`]
        : []),
    ],
    ...(snapshots.length > 0 && {
      table: {
        columns: [{ head: 'DAY' }, { head: 'HOST' }, right('BYTES'), { head: 'FOUND BY' }],
        rows: snapshots.map(({ day, host, bytes, method }) => [day, host, String(bytes), method]),
      },
    }),
  };
}

const ledger = ({ heads }: Statement): Section => ({
  title: 'The ledger that this was made from',
  notes:
    heads.length === 0
      ? ['No entry is in a chain yet.']
      : [
          'Each host’s entries are bound together by hashes; sftpjail ledger verify --head HOST:COUNT:HASH finds what was changed or lost since.',
        ],
  ...(heads.length > 0 && {
    table: {
      columns: [{ head: 'HOST' }, right('COUNT'), { head: 'HASH' }],
      rows: heads.map(({ host, count, hash }) => [host, String(count), hash]),
    },
  }),
});

const APPENDICES: readonly (readonly [Standing, string])[] = [
  ['billed', 'Transfers that are billed'],
  ['copied', 'Copied on the server, not billed'],
  ['inexact', 'Not exact, not billed'],
  ['failed', 'Refused, not billed'],
];

function appendices({ transfers, uncounted, terms }: Statement): Section[] {
  const zone = terms.timezone;
  const bytes = (count: number | null) => (count === null ? '?' : String(count));
  const row = (transfer: LedgerTransfer) => [
    ...[localTime(transfer.at, zone), transfer.host, transfer.session, String(transfer.n), transfer.direction],
    ...[transfer.status, bytes(transfer.bytesWritten), bytes(transfer.bytesRead)],
    `${transfer.path}${transfer.pathCut ? '…' : ''}`,
  ];
  const tables = APPENDICES.flatMap(([standing, title]): Section[] => {
    const those = transfers.filter((transfer) => standingOf(transfer) === standing);
    if (those.length === 0 && standing !== 'billed') return [];
    const table = { columns: COLUMNS, rows: each(those, row) };
    return [{ title: `${title}: ${those.length}`, ...(those.length > 0 && { table }) }];
  });
  if (uncounted.length === 0) return tables;
  return [
    ...tables,
    {
      title: 'Counted in their sessions and not kept one by one',
      notes: ['Billed where the session’s sums are exact.'],
      table: {
        columns: [
          { head: 'HOST' },
          { head: 'SESSION' },
          right('TRANSFERS'),
          right('UPLOADED'),
          right('DOWNLOADED'),
          { head: 'EXACT' },
        ],
        rows: uncounted.map(({ host, session, count, bytesIn, bytesOut, exact }) => [
          ...[host, session, String(count), String(bytesIn), String(bytesOut), exact ? 'yes' : 'no'],
        ]),
      },
    },
  ];
}

const COLUMNS = [
  ...[{ head: 'CLOSED' }, { head: 'HOST' }, { head: 'SESSION' }, right('N'), { head: 'DIRECTION' }, { head: 'STATUS' }],
  ...[right('UPLOADED'), right('DOWNLOADED'), { head: 'PATH' }],
];

/** The rows of a table that are made whenever it is gone through. */
const each = <Item>(items: readonly Item[], row: (item: Item) => string[]): Iterable<string[]> => ({
  *[Symbol.iterator]() {
    for (const item of items) yield row(item);
  },
});
