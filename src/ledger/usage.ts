import type { Transfer } from '../log/session.ts';
import type { Month } from '../spec.ts';
import { daysOf, rangesOf } from './calendar.ts';

/** A transfer as the ledger has it. Times are microseconds since 1970, UTC. */
export interface LedgerTransfer {
  host: string;
  session: string;
  n: number;
  direction: Transfer['direction'];
  status: Transfer['status'];
  path: string;
  pathCut: boolean;
  bytesRead: number | null;
  bytesWritten: number | null;
  exact: boolean;
  copied: 'likely' | 'certain' | null;
  client: string | null;
  /** When its close was logged, or, where none was, when it was opened or its session told its last. */
  at: number;
  closed: boolean;
}

/** Transfers that a session counted and did not keep one by one; they belong to the month in which it ended. */
export interface Uncounted {
  host: string;
  session: string;
  count: number;
  bytesIn: number;
  bytesOut: number;
  exact: boolean;
}

export type Standing = 'billed' | 'copied' | 'inexact' | 'failed';

/** What becomes of a transfer: bytes that are known and crossed the wire are billed, partial transfers' too. */
export function standingOf({ status, exact, copied, closed }: LedgerTransfer): Standing {
  if (status === 'failed') return 'failed';
  if (!exact || !closed) return 'inexact';
  return copied === null ? 'billed' : 'copied';
}

/** What was moved in a month, as far as it is billed, and the rest apart. Bytes. */
export interface Moved {
  /** How many transfers are billed. */
  transfers: number;
  upload: number;
  download: number;
  copied: { transfers: number; bytes: number };
  /** `bytes` as far as the log tells them: they can be more. */
  inexact: { transfers: number; bytes: number };
  failed: number;
}

export function movedBy(transfers: readonly LedgerTransfer[], uncounted: readonly Uncounted[]): Moved {
  const moved: Moved = {
    ...{ transfers: 0, upload: 0, download: 0, failed: 0 },
    ...{ copied: { transfers: 0, bytes: 0 }, inexact: { transfers: 0, bytes: 0 } },
  };
  for (const transfer of transfers) {
    const [upload, download] = [transfer.bytesWritten ?? 0, transfer.bytesRead ?? 0];
    const standing = standingOf(transfer);
    if (standing === 'failed') moved.failed++;
    else if (standing === 'billed') addBilled(moved, 1, upload, download);
    else {
      moved[standing].transfers++;
      // A copy is read from one file and written to another: it counts once.
      moved[standing].bytes += standing === 'copied' ? upload : upload + download;
    }
  }
  for (const { count, bytesIn, bytesOut, exact } of uncounted)
    if (exact) addBilled(moved, count, bytesIn, bytesOut);
    else {
      moved.inexact.transfers += count;
      moved.inexact.bytes += bytesIn + bytesOut;
    }
  return moved;
}

function addBilled(moved: Moved, transfers: number, upload: number, download: number): void {
  moved.transfers += transfers;
  moved.upload += upload;
  moved.download += download;
}

/** What an account stored on one day on one host. */
export interface Snapshot {
  host: string;
  day: string;
  bytes: number;
  method: string;
}

export interface Stored {
  /** Of the days that have a snapshot; on a day, of all hosts together. */
  peak: number;
  mean: number;
  measured: number;
  days: number;
  /** Days without a snapshot, as ranges; with the host where the account is on several. */
  missing: string[];
  /** Days of which only a lower bound is known. */
  partial: string[];
}

/** Nothing is put in place of a day that has no snapshot. */
export function storedIn(month: Month, snapshots: readonly Snapshot[]): Stored {
  const days = daysOf(month);
  const byDay = new Map<string, number>();
  for (const { day, bytes } of snapshots) byDay.set(day, (byDay.get(day) ?? 0) + bytes);
  const sums = [...byDay.values()];
  const total = sums.reduce((sum, bytes) => sum + bytes, 0);
  const hosts = [...new Set(snapshots.map(({ host }) => host))].sort();
  const missingOn = (host: string) => {
    const has = new Set(snapshots.filter((each) => each.host === host).map(({ day }) => day));
    return rangesOf(days.filter((day) => !has.has(day)));
  };
  return {
    peak: sums.reduce((most, bytes) => Math.max(most, bytes), 0),
    mean: sums.length === 0 ? 0 : Math.round(total / sums.length),
    ...{ measured: sums.length, days: days.length },
    missing:
      hosts.length > 1
        ? hosts.flatMap((host) => missingOn(host).map((range) => `${range} on ${host}`))
        : rangesOf(days.filter((day) => !byDay.has(day))),
    partial: [...new Set(snapshots.filter(({ method }) => method === AT_LEAST).map(({ day }) => day))].sort(),
  };
}

/** How a snapshot was found where files moved while they were counted. */
export const AT_LEAST = 'at-least';
