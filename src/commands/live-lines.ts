import { EntryReader } from '../log/entry.ts';
import type { Fold } from '../log/fold.ts';
import { Lines } from '../log/lines.ts';

/**
 * Folds the lines of logs that grow, in the order of their stamps. What one log says can reach it some time after another
 * log has what came of it, a login for instance and its session, so each line waits for one more look at all of them.
 */
export class LiveLines {
  private readonly logs: LiveLog[];
  private readonly fold: Fold;
  /** Microseconds since 1970, of all that was pushed, and of what was pushed before the last turn. */
  private newest = Number.NEGATIVE_INFINITY;
  private ripe = Number.NEGATIVE_INFINITY;

  /** @param firstYear for stamps without one */
  constructor(logs: number, fold: Fold, timezone: string, firstYear: number) {
    this.fold = fold;
    this.logs = Array.from({ length: logs }, () => new LiveLog(fold, timezone, firstYear));
  }

  /** @param piece whole lines that were appended to this log */
  push(log: number, piece: Buffer): void {
    this.newest = Math.max(this.newest, this.logs[log]?.push(piece) ?? this.newest);
  }

  /** Every log was looked at once more. */
  turn(): void {
    const until = this.logs.length > 1 ? this.ripe : Number.POSITIVE_INFINITY;
    for (let next = this.earliest(); next && next.time <= until; next = this.earliest()) {
      this.fold.read(next.entry);
      next.step();
    }
    this.ripe = this.newest;
  }

  private earliest(): LiveLog | null {
    let best: LiveLog | null = null;
    for (const log of this.logs) if (log.isAtLine && (best === null || log.time < best.time)) best = log;
    return best;
  }
}

class LiveLog {
  readonly entry: EntryReader;
  /** Whether `entry` is a line that was not folded yet. */
  isAtLine = false;
  private readonly fold: Fold;
  private readonly lines = new Lines();
  private readonly pieces: Buffer[] = [];
  private readonly ahead: { entry: EntryReader; lines: Lines };

  constructor(fold: Fold, timezone: string, firstYear: number) {
    this.fold = fold;
    this.entry = new EntryReader({ timezone, firstYear });
    this.ahead = { entry: new EntryReader({ timezone, firstYear }), lines: new Lines() };
  }

  get time(): number {
    return timeOf(this.entry);
  }

  /** @returns the latest time in it */
  push(piece: Buffer): number {
    this.pieces.push(piece);
    if (!this.isAtLine) this.step();
    const { entry, lines } = this.ahead;
    let latest = Number.NEGATIVE_INFINITY;
    lines.push(piece);
    while (lines.advance())
      if (entry.parse(lines.bytes, lines.start, lines.end)) latest = Math.max(latest, timeOf(entry));
    return latest;
  }

  /** Goes to the next line, if there is one. */
  step(): void {
    this.isAtLine = false;
    for (;;) {
      if (!this.lines.advance()) {
        const piece = this.pieces.shift();
        if (piece === undefined) return;
        this.lines.push(piece);
        continue;
      }
      this.isAtLine = this.entry.parse(this.lines.bytes, this.lines.start, this.lines.end);
      if (this.isAtLine) return;
      this.fold.lines.unknown++;
    }
  }
}

const timeOf = (entry: EntryReader): number => entry.second * 1_000_000 + entry.micros();
