import type { RawName } from './names.ts';
import { type Paths, readPath } from './paths.ts';
import type { Transfer } from './session.ts';
import { type Stamp, stampTextOrNull } from './stamp.ts';

/**
 * A handle on a file, from the line that opened it. What it tells is a `Transfer`, which is made when it is wanted: a log
 * has millions of them.
 */
export class Handle {
  readonly n: number;
  /** Where it is kept, -1 if it is not. */
  readonly place: number;
  /** As escaped; of a line that was cut: all that follows the opening quote. */
  readonly raw: RawName;
  readonly cut: boolean;
  /** Where the raw name alone does not tell. */
  paths: Paths | null;
  direction: Transfer['direction'] = 'none';
  bytesRead: number | null = null;
  bytesWritten: number | null = null;
  status: Transfer['status'] = 'unknown';
  error: string | null = null;
  exact = false;
  copy: 'likely' | 'certain' | undefined = undefined;
  readonly opened: Stamp | null;
  closed: Stamp | null = null;
  /** Of its close, or of its open as long as there is none; see EntryReader. */
  evidence: number;
  /** By the open flags; null where these are not known, or may be another handle's. */
  reads: boolean | null;
  writes: boolean | null;
  /** The open may have been refused: the status that followed it, which could be a silent request's. */
  doubt: string | null = null;
  /** What went wrong between open and close. */
  trouble: string | null = null;
  /** DEBUG1 named it in a copy on the server; DEBUG1 named it in a read or write. */
  copied = false;
  wire = false;
  /** While it was open another one was closed that had been read from, or written to. */
  besideRead = false;
  besideWritten = false;

  constructor(
    n: number,
    place: number,
    raw: RawName,
    cut: boolean,
    opened: Stamp | null,
    reads: boolean | null,
    writes: boolean | null,
    evidence = 0,
  ) {
    this.n = n;
    this.place = place;
    this.raw = raw;
    this.cut = cut;
    this.paths = cut ? readPath(raw.text, true) : null;
    this.opened = opened;
    this.evidence = evidence;
    this.reads = reads;
    this.writes = writes;
    if (reads !== writes && reads !== null) this.direction = reads ? 'download' : 'upload';
  }

  get isPathCut(): boolean {
    return this.paths !== null && this.paths.pathCut === true;
  }

  /** The open was refused. */
  fail(error: string): void {
    this.status = 'failed';
    this.error = error;
    this.bytesRead = 0;
    this.bytesWritten = 0;
    this.exact = true;
  }

  get transfer(): Transfer {
    const { n, direction, bytesRead, bytesWritten, status, error, exact, copy, opened, closed } = this;
    const { path, pathRaw, pathCut } = this.paths ?? readPath(this.raw.text, false);
    const transfer: Transfer = {
      ...{ n, direction, path, bytesRead, bytesWritten, status, exact },
      ...{ opened: stampTextOrNull(opened), closed: stampTextOrNull(closed) },
    };
    if (pathRaw !== undefined) transfer.pathRaw = pathRaw;
    if (pathCut) transfer.pathCut = true;
    if (error !== null) transfer.error = error;
    if (copy !== undefined) transfer.copy = copy;
    return transfer;
  }
}
