import type { ChangeRows } from './change-rows.ts';
import type { Session, SessionHead } from './session.ts';
import type { TransferRows } from './transfer-rows.ts';

/** A session that nothing more is expected of, in the shape in which its lines were gathered. */
export interface Settled {
  readonly head: SessionHead;
  readonly transfers: TransferRows;
  readonly changes: ChangeRows;
  readonly totals: Session['totals'];
  readonly omitted: number;
  readonly origin: Origin;
}

/** Which lines a session was read from. */
export interface Origin {
  pid: number;
  /** When the first was logged, and where it stands; see EntryReader. */
  firstAt: string;
  evidence: number;
  /** Seconds since 1970 of the last. */
  lastSecond: number;
}

export const sessionOf = ({ head, transfers, changes, totals, omitted }: Settled): Session => ({
  ...head,
  transfers: Array.from({ length: transfers.length }, (_, place) => transfers.transfer(place)),
  changes: Array.from({ length: changes.length }, (_, place) => changes.change(place)),
  totals,
  ...(omitted > 0 && { omitted }),
});
