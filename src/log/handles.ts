import { commonLength, mayBeOne } from './cut-lines.ts';
import { decodeCutPath } from './escape.ts';
import { latin1 } from './latin1.ts';
import type { Transfer } from './session.ts';

/** A handle on a file, from the line that opened it. */
export interface Handle {
  readonly transfer: Transfer;
  /** As escaped; of a line that was cut: all that follows the opening quote. */
  readonly raw: string;
  readonly cut: boolean;
  /** By the open flags; null where these are not known, or may be another handle's. */
  reads: boolean | null;
  writes: boolean | null;
  /** The open may have been refused: the status that followed it, which could be a silent request's. */
  doubt: string | null;
  /** What went wrong between open and close. */
  error: string | null;
  /** DEBUG1 named it in a copy on the server; DEBUG1 named it in a read or write. */
  copied: boolean;
  wire: boolean;
  /** While it was open another one was closed that had been read from, or written to. */
  besideRead: boolean;
  besideWritten: boolean;
}

/** More than sshd's own limit on open files lets one session have; in a log without its closes the oldest are forgotten. */
const MOST = 4096;

/**
 * The handles that a session has open. The log names a path and never a handle, so closes pair with opens first in,
 * first out; one whose flags allow the bytes that were moved is preferred.
 */
export class Handles {
  private readonly open: Handle[] = [];
  /** Every handle that is open is here. */
  private isComplete: boolean;
  /** The handle taken last is the only one that its close can mean. */
  isCertain = true;

  /** @param isComplete nothing was open before the first line */
  constructor(isComplete: boolean) {
    this.isComplete = isComplete;
  }

  add(handle: Handle): void {
    if (this.open.length === MOST) {
      this.open.shift();
      this.isComplete = false;
    }
    this.open.push(handle);
  }

  [Symbol.iterator](): Iterator<Handle> {
    return this.open[Symbol.iterator]();
  }

  /**
   * Takes out the handle that a close line means.
   *
   * @param from where the path begins in the line, as escaped; of a line that was cut all that follows is the path
   * @param read bytes, null where the line was cut
   */
  take(
    { bytes }: { bytes: Buffer },
    from: number,
    to: number,
    cut: boolean,
    read: number | null,
    written: number | null,
  ): Handle | null {
    const { open } = this;
    let best = -1;
    let bestRank = 0;
    let isCut = cut;
    let fitting = 0;
    for (let at = 0; at < open.length; at++) {
      const handle = open[at] as Handle;
      if (!isCompatible(handle, bytes, from, to, cut)) continue;
      const rank = fits(handle, read, written) ? (handle.doubt === null ? 3 : 2) : 1;
      if (rank > bestRank) [best, bestRank] = [at, rank];
      if (rank === 1) continue;
      fitting++;
      isCut ||= handle.cut;
    }
    this.isCertain = this.isComplete && fitting === 1;
    // Opened before the log begins: it does not fit any that is known.
    if (best < 0 || (bestRank === 1 && !this.isComplete)) return null;
    if (fitting > 1) {
      const alike = open.filter((handle) => isCompatible(handle, bytes, from, to, cut) && fits(handle, read, written));
      shareMoves(alike);
      blurWays(alike, isCut);
      if (isCut) blurPaths(alike);
    }
    const handle = open[best] as Handle;
    // Nor does it show whether it is one that was opened before the log begins.
    if (!this.isComplete && !read && !written) {
      handle.reads = null;
      handle.writes = null;
    }
    if (best === open.length - 1) open.pop();
    else open.splice(best, 1);
    return handle;
  }

  /**
   * Remembers of a handle that was closed that others were open beside it: below DEBUG1 a copy on the server shows
   * only as bytes read of one handle and bytes written to another.
   *
   * @returns whether it can have been copied from or to, in part
   */
  leave({ raw, cut, transfer, besideRead, besideWritten }: Handle): boolean {
    const { bytesRead, bytesWritten } = transfer;
    const isMoved = bytesRead || bytesWritten;
    for (let at = 0; isMoved && at < this.open.length; at++) {
      const other = this.open[at] as Handle;
      // A copy onto the same name is refused.
      if (other.raw === raw && !cut) continue;
      if (bytesRead && other.writes !== false) other.besideRead = true;
      if (bytesWritten && other.reads !== false) other.besideWritten = true;
    }
    return Boolean((bytesWritten && besideRead) || (bytesRead && besideWritten));
  }

  /** Forgets one whose open is known to have been refused. */
  drop(handle: Handle): void {
    const at = this.open.lastIndexOf(handle);
    if (at >= 0) this.open.splice(at, 1);
  }
}

/** Several names that were cut can be one, or several: of each no more is known than what they share. */
function blurPaths(handles: readonly Handle[]): void {
  const [first] = handles as [Handle];
  const length = handles.reduce((least, { raw }) => Math.min(least, commonLength(raw, first.raw)), first.raw.length);
  const isOne = handles.every(({ raw }) => raw.length === length);
  for (const { transfer } of handles) {
    transfer.pathCut = true;
    if (isOne) continue;
    delete transfer.pathRaw;
    Object.assign(transfer, decodeCutPath(first.raw.slice(0, length)));
  }
}

function shareMoves(handles: readonly Handle[]): void {
  const copied = handles.some((handle) => handle.copied);
  const wire = handles.some((handle) => handle.wire);
  for (const handle of handles) Object.assign(handle, { copied, wire });
}

/** Which of several handles was closed does not show, and so not either the way that those left were opened for. */
function blurWays(handles: readonly Handle[], isCut: boolean): void {
  const [first] = handles as [Handle];
  if (handles.every(({ reads, writes }) => reads === first.reads && writes === first.writes)) return;
  for (const handle of handles) {
    handle.reads = null;
    handle.writes = null;
    if (isCut) handle.transfer.direction = 'none';
  }
}

const isCompatible = (handle: Handle, bytes: Buffer, from: number, to: number, cut: boolean): boolean =>
  cut || handle.cut
    ? mayBeOne(handle.raw, handle.cut, latin1(bytes, from, to), cut)
    : isSame(handle.raw, bytes, from, to);

/** Without making a string of the bytes: most closes are of the one file that is open. */
function isSame(raw: string, bytes: Buffer, from: number, to: number): boolean {
  if (raw.length !== to - from) return false;
  for (let at = raw.length - 1; at >= 0; at--) if (raw.charCodeAt(at) !== bytes[from + at]) return false;
  return true;
}

const fits = ({ reads, writes }: Handle, read: number | null, written: number | null): boolean =>
  (reads !== false || !read) && (writes !== false || !written);
