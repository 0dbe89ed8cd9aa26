import type { SessionChange, SessionTotals, Transfer } from './session.ts';
import type { Sums } from './stretch.ts';

const REMOVALS = new Set(['remove', 'rmdir']);

type Moved = Pick<Transfer, 'direction' | 'status' | 'bytesRead' | 'bytesWritten' | 'exact'> & {
  copy?: Transfer['copy'] | undefined;
};

/** A sum of which a part may not be known: null where none of it is. */
class Sum {
  private known = 0;
  private missing = 0;

  add(value: number | null): void {
    if (value === null) this.missing++;
    else this.known += value;
  }

  miss(count: number): void {
    this.missing += count;
  }

  get value(): number | null {
    return this.known === 0 && this.missing > 0 ? null : this.known;
  }

  get exact(): boolean {
    return this.missing === 0;
  }
}

/** Counts a session's transfers and changes, each once, when its fate is known or will never be. */
export class Tally {
  private readonly uploads = new Sum();
  private readonly downloads = new Sum();
  private readonly bytesIn = new Sum();
  private readonly bytesOut = new Sum();
  private readonly removed = new Sum();
  private bytesCopied = 0;
  private failed = 0;
  private doubtful = false;

  /** Bytes of it may not have crossed the wire. */
  doubt(): void {
    this.doubtful = true;
  }

  /** @param isWayKnown the flags that it was opened with are known to be its own */
  transfer({ direction, status, bytesRead, bytesWritten, copy, exact }: Moved, isWayKnown: boolean): void {
    if (status === 'failed') {
      this.failed++;
      return;
    }
    if (!exact) this.doubtful = true;
    if (copy) {
      // It looks like one; a download and an upload of the same size look the same.
      if (copy === 'likely') this.doubtful = true;
      this.bytesCopied += bytesWritten ?? 0;
      return;
    }
    const isOne = (bytesRead ?? 0) > 0 || (bytesWritten ?? 0) > 0 || isWayKnown;
    const isEither = !isOne || (direction === 'none' && !exact);
    const whole = status === 'completed' && !isEither ? 1 : status === 'partial' ? 0 : null;
    if (direction === 'upload' || direction === 'both' || isEither) this.uploads.add(whole);
    if (direction === 'download' || direction === 'both' || isEither) this.downloads.add(whole);
    // A handle that can only read has written nothing, whatever else is not known of it.
    this.bytesIn.add(bytesWritten ?? (direction === 'download' ? 0 : null));
    this.bytesOut.add(bytesRead ?? (direction === 'upload' ? 0 : null));
  }

  /** Takes back a transfer that turns out to have been a copy on the server. */
  untransfer({ direction, bytesRead, bytesWritten }: Moved): void {
    if (direction === 'upload') this.uploads.add(-1);
    if (direction === 'download') this.downloads.add(-1);
    this.bytesIn.add(-(bytesWritten ?? 0));
    this.bytesOut.add(-(bytesRead ?? 0));
  }

  stretch({ uploads, downloads, bytesIn, bytesOut, removed, unknown, failed }: Sums): void {
    this.uploads.add(uploads);
    this.downloads.add(downloads);
    this.bytesIn.add(bytesIn);
    this.bytesOut.add(bytesOut);
    this.removed.add(removed);
    this.removed.miss(unknown);
    this.failed += failed;
  }

  change({ action, status }: Pick<SessionChange, 'action' | 'status'>): void {
    if (status === 'failed') this.failed++;
    else if (REMOVALS.has(action)) this.removed.add(status === 'completed' ? 1 : null);
  }

  /** @param whole nothing of the session is missing from the log */
  totals(whole: boolean): SessionTotals {
    const { uploads, downloads, bytesIn, bytesOut, removed, bytesCopied, failed } = this;
    return {
      ...{ uploads: uploads.value, downloads: downloads.value, bytesIn: bytesIn.value, bytesOut: bytesOut.value },
      ...{ bytesCopied, removed: removed.value, failed },
      exact: whole && !this.doubtful && [uploads, downloads, bytesIn, bytesOut, removed].every((sum) => sum.exact),
    };
  }
}
