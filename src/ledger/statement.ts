import { METERS, type MeterName } from '../config.ts';
import { refused } from '../errors.ts';
import { BYTE_UNITS, type Decimal, type Month } from '../spec.ts';
import { spanOf } from './calendar.ts';
import { isZero, type Money, moneyFrom, moneyOf, moneyText, priceOf } from './money.ts';
import type { Terms } from './terms.ts';
import {
  type LedgerTransfer,
  type Moved,
  movedBy,
  type Snapshot,
  type Stored,
  storedIn,
  type Uncounted,
} from './usage.ts';

/** Where the chain of a host was. */
export interface Head {
  host: string;
  count: number;
  /** Hexadecimal digits. */
  hash: string;
}

/** What a month came to. */
export interface Figures {
  moved: Moved;
  stored: Stored;
}

/** One line of the bill. Bytes; money as text. */
export interface Line {
  meter: MeterName;
  used: number;
  included: number;
  over: number;
  rate: Decimal;
  /** Of storage by the mean: how many of the month's days were measured, and so are charged. */
  share: readonly [measured: number, days: number] | null;
  amount: string;
}

/** What arrived after a final statement: the difference to what was billed for that month so far. */
export interface Correction {
  month: Month;
  number: string;
  before: Figures;
  now: Figures;
  upload: number;
  download: number;
  /** By the rates of that statement. */
  amount: string;
}

/** A final statement, and what its month comes to by now; null where its rows are not all there any more. */
export interface Final {
  statement: Pick<Statement, 'month' | 'terms' | 'figures' | 'corrections'> & { number: string };
  now: Figures | null;
}

export interface StatementRows {
  transfers: readonly LedgerTransfer[];
  uncounted: readonly Uncounted[];
  snapshots: readonly Snapshot[];
  /** All of this account, in the order in which they were made final. */
  finals: readonly Final[];
  heads: readonly Head[];
}

/** What a customer is billed for: an interface with a version. */
export interface Statement {
  v: 1;
  user: string;
  month: Month;
  /** Null of one that is not final. */
  number: string | null;
  terms: Terms;
  /** The month in microseconds since 1970, UTC; `until` is the first of the next one. */
  from: number;
  until: number;
  base: string;
  lines: Line[];
  corrections: Correction[];
  total: string;
  figures: Figures;
  heads: Head[];
  uncounted: Uncounted[];
  snapshots: Snapshot[];
  transfers: LedgerTransfer[];
}

/** The same rows and terms make the same statement: nothing else is asked, no clock and no locale. */
export function makeStatement(
  { user, month, terms }: Pick<Statement, 'user' | 'month' | 'terms'>,
  { transfers, uncounted, snapshots, finals, heads }: StatementRows,
): Statement {
  const figures = { moved: movedBy(transfers, uncounted), stored: storedIn(month, snapshots) };
  const lines = linesOf(figures, terms);
  const corrections = correctionsOf(finals, month, terms);
  const sum = [...lines, ...corrections].reduce((money, { amount }) => money + moneyFrom(amount), baseOf(terms));
  const text = (money: Money) => moneyText(money, terms.decimals);
  return {
    ...{ v: 1, user, month, number: null, terms, ...spanOf(month, terms.timezone) },
    ...{ base: text(baseOf(terms)), lines, corrections, total: text(sum), figures },
    ...{ heads: [...heads], uncounted: [...uncounted], snapshots: [...snapshots], transfers: [...transfers] },
  };
}

const baseOf = ({ tariff, decimals }: Terms): Money => moneyOf(tariff.base, decimals);

/** Each line is rounded once, and the total is the sum of what the lines say. */
function linesOf({ moved, stored }: Figures, { tariff, per, decimals, storageBy }: Terms): Line[] {
  const used: Record<MeterName, number> = {
    ...{ upload: moved.upload, download: moved.download, volume: moved.upload + moved.download },
    storage: stored[storageBy],
  };
  return METERS.map((meter) => {
    const { included, rate } = tariff[meter];
    const over = Math.max(0, used[meter] - included);
    const share = meter === 'storage' && storageBy === 'mean' ? ([stored.measured, stored.days] as const) : null;
    const amount = isZero(rate) ? 0n : priceOf(over, { rate, per: BYTE_UNITS[per] }, decimals, share ?? undefined);
    return { meter, used: used[meter], included, over, rate, share, amount: moneyText(amount, decimals) };
  });
}

const chargeOf = (figures: Figures, terms: Terms): Money =>
  linesOf(figures, terms).reduce((sum, { amount }) => sum + moneyFrom(amount), 0n);

function correctionsOf(finals: readonly Final[], until: Month, { currency, decimals }: Terms): Correction[] {
  const corrections = finals.flatMap(({ statement: { month, number, terms, figures }, now }): Correction[] => {
    // What statements after it have corrected already.
    const before = finals.reduce(
      (last, { statement }) => statement.corrections.find((each) => each.month === month)?.now ?? last,
      figures,
    );
    if (month >= until || now === null || JSON.stringify(before) === JSON.stringify(now)) return [];
    if (terms.currency !== currency || terms.decimals !== decimals)
      throw refused(
        `statement ${number} was in ${terms.currency}, and what arrived since cannot be corrected in ${currency}`,
        'set billing.currency and billing.decimals back until it is',
      );
    return [
      {
        ...{ month, number, before, now },
        upload: now.moved.upload - before.moved.upload,
        download: now.moved.download - before.moved.download,
        amount: moneyText(chargeOf(now, terms) - chargeOf(before, terms), decimals),
      },
    ];
  });
  return corrections.sort((one, other) => (one.month < other.month ? -1 : 1));
}
