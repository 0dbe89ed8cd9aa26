import { latin1 } from './latin1.ts';
import type { Transfer } from './session.ts';

/** A handle on a file, from the line that opened it. */
export interface Handle {
  readonly transfer: Transfer;
  /** As escaped; of a line that was cut: all that follows the opening quote. */
  readonly raw: string;
  readonly cut: boolean;
  /** By the open flags; null where these are not known. */
  readonly reads: boolean | null;
  readonly writes: boolean | null;
  /** The open may have been refused: the status that followed it, which could be a silent request's. */
  doubt: string | null;
  /** What went wrong between open and close. */
  error: string | null;
  /** DEBUG1 named it in a copy on the server; DEBUG1 named it in a read or write. */
  copied: boolean;
  wire: boolean;
}

/** More than sshd's own limit on open files lets one session have; in a log without its closes the oldest are forgotten. */
const MOST = 4096;

/**
 * The handles that a session has open. The log names a path and never a handle, so closes pair with opens first in,
 * first out; one whose flags allow the bytes that were moved is preferred.
 */
export class Handles {
  private readonly open: Handle[] = [];
  private hasCut = false;

  add(handle: Handle): void {
    if (this.open.length === MOST) this.open.shift();
    if (handle.cut) this.hasCut = true;
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
    let compatible = 0;
    let isCut = cut;
    for (let at = 0; at < open.length; at++) {
      const handle = open[at] as Handle;
      if (!isCompatible(handle, bytes, from, to, cut)) continue;
      compatible++;
      isCut ||= handle.cut;
      const rank = fits(handle, read, written) ? (handle.doubt === null ? 3 : 2) : 1;
      if (rank > bestRank) [best, bestRank] = [at, rank];
      if (rank === 3 && !isCut && !this.hasCut) break;
    }
    // Several names that were cut can be one, or several: which of them was closed is not known.
    if (compatible > 1 && isCut)
      for (const handle of open) if (isCompatible(handle, bytes, from, to, cut)) handle.transfer.pathCut = true;
    if (best < 0) return null;
    const handle = open[best] as Handle;
    if (best === open.length - 1) open.pop();
    else open.splice(best, 1);
    return handle;
  }

  /** Forgets one whose open is known to have been refused. */
  drop(handle: Handle): void {
    const at = this.open.lastIndexOf(handle);
    if (at >= 0) this.open.splice(at, 1);
  }
}

const isCompatible = (handle: Handle, bytes: Buffer, from: number, to: number, cut: boolean): boolean =>
  cut || handle.cut ? mayBeSame(handle, latin1(bytes, from, to), cut) : isSame(handle.raw, bytes, from, to);

/** Without making a string of the bytes: most closes are of the one file that is open. */
function isSame(raw: string, bytes: Buffer, from: number, to: number): boolean {
  if (raw.length !== to - from) return false;
  for (let at = raw.length - 1; at >= 0; at--) if (raw.charCodeAt(at) !== bytes[from + at]) return false;
  return true;
}

const fits = ({ reads, writes }: Handle, read: number | null, written: number | null): boolean =>
  (reads !== false || !read) && (writes !== false || !written);

/** Whether two lines of which one at least was cut can speak of the same path. */
function mayBeSame(handle: Handle, raw: string, cut: boolean): boolean {
  if (handle.cut && cut) {
    const [opened, closed] = [handle.raw, raw];
    const least = Math.min(opened.length, closed.length);
    let same = 0;
    while (same < least && opened.charCodeAt(same) === closed.charCodeAt(same)) same++;
    // The path can end before the cut: the words that follow it differ.
    return (
      same === least ||
      (opened.startsWith('f', same) && closed.startsWith('b', same) && opened.slice(0, same).endsWith('" '))
    );
  }
  return handle.cut ? handle.raw.startsWith(`${raw}"`) : raw.startsWith(`${handle.raw}"`);
}
