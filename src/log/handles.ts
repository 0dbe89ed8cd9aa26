import { commonLength, mayBeOne } from './cut-lines.ts';
import type { EntryReader } from './entry.ts';
import { decodeCutPath } from './escape.ts';
import type { Handle } from './handle.ts';
import { latin1 } from './latin1.ts';
import { readPath } from './paths.ts';

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

  /** @returns one that is forgotten, so that there is room for this one */
  add(handle: Handle): Handle | null {
    const isFull = this.open.length === MOST;
    if (isFull) this.isComplete = false;
    const forgotten = isFull ? this.open.shift() : null;
    this.open.push(handle);
    return forgotten ?? null;
  }

  /** Nothing is open, and nothing was before the log began. */
  get isNone(): boolean {
    return this.isComplete && this.open.length === 0;
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
    { bytes, view }: Pick<EntryReader, 'bytes' | 'view'>,
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
      if (!isCompatible(handle, bytes, view, from, to, cut)) continue;
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
      const alike = open.filter(
        (handle) => isCompatible(handle, bytes, view, from, to, cut) && fits(handle, read, written),
      );
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
  leave({ raw, cut, bytesRead, bytesWritten, besideRead, besideWritten }: Handle): boolean {
    const isMoved = bytesRead || bytesWritten;
    for (let at = 0; isMoved && at < this.open.length; at++) {
      const other = this.open[at] as Handle;
      // A copy onto the same name is refused.
      if (!cut && other.raw.is(raw)) continue;
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
  const raws = handles.map(({ raw }) => raw.text);
  const [first] = raws as [string];
  const length = raws.reduce((least, raw) => Math.min(least, commonLength(raw, first)), first.length);
  const isOne = raws.every((raw) => raw.length === length);
  for (const handle of handles) {
    const known = isOne ? (handle.paths ?? readPath(first, false)) : decodeCutPath(first.slice(0, length));
    handle.paths = { ...known, pathCut: true };
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
    if (isCut) handle.direction = 'none';
  }
}

const isCompatible = (
  { raw, cut: isOpenCut }: Handle,
  bytes: Buffer,
  view: DataView,
  from: number,
  to: number,
  cut: boolean,
): boolean =>
  cut || isOpenCut ? mayBeOne(raw.text, isOpenCut, latin1(bytes, from, to), cut) : raw.isAt(view, from, to);

const fits = ({ reads, writes }: Handle, read: number | null, written: number | null): boolean =>
  (reads !== false || !read) && (writes !== false || !written);
