import { EntryReader } from '../log/entry.ts';
import { Lines } from '../log/lines.ts';
import { wallTime } from '../zone.ts';
import type { Evidence } from './evidence.ts';
import type { GrowingLog } from './growing-log.ts';
import type { JournalLog } from './journal-log.ts';
import type { LogPart, Piece } from './log-part.ts';
import type { Place } from './place.ts';

/** One log, line by line. */
export class Source {
  readonly log: GrowingLog | JournalLog;
  entry!: EntryReader;
  /** Whether `entry` is a line that was not folded yet. */
  isAtLine = false;
  /** It has a line that waits for other logs to be looked at. */
  isWaiting = false;
  /** The look that brought what is at hand, and the last one that brought nothing. */
  lookedAt = 0;
  emptyAt = 0;
  /** Bytes that the last look brought. */
  atHand = 0;
  /** Bytes that all looks brought. */
  read = 0;
  /** Of the last line before lines that are gone, seconds since 1970; null where nothing is missing. */
  gapFrom: number | null = null;
  private readonly timezone: string;
  private readonly second: number | null;
  private readonly lines = new Lines();
  private piece: Piece | null = null;
  private last: Place | null;
  private readonly evidence: Evidence;
  /** Of the first byte of the piece. */
  private evidenceOfPiece = 0;

  /** @param second of the first line to be read, for stamps without a year */
  constructor(
    log: GrowingLog | JournalLog,
    timezone: string,
    second: number | null,
    last: Place | null,
    evidence: Evidence,
  ) {
    this.log = log;
    this.timezone = timezone;
    this.second = second;
    this.last = last;
    this.evidence = evidence;
  }

  /** Of the entry, in microseconds since 1970. */
  get time(): number {
    return this.entry.second * 1_000_000 + this.entry.micros();
  }

  get isReplaying(): boolean {
    return this.log.isReplaying || (this.isAtLine && this.isReplayed);
  }

  /** The line at hand was read by a process before. */
  get isReplayed(): boolean {
    const { piece, lines } = this;
    return piece !== null && piece.offset + lines.end < piece.part.replayTo;
  }

  /** Where the line at hand begins, or the next one will. */
  get place(): Place | null {
    const { piece, lines } = this;
    if (piece === null || !this.isAtLine) return this.last;
    return this.log.placeIn(piece, piece.offset + lines.start);
  }

  async look(look: number): Promise<void> {
    this.isWaiting = false;
    if (this.isAtLine) return;
    const piece = await this.log.look();
    this.atHand = piece?.bytes.length ?? 0;
    this.read += this.atHand;
    if (piece === null) {
      this.emptyAt = look;
      return;
    }
    if (piece.part.isAfterGap) {
      this.gapFrom = this.last?.second ?? 0;
      piece.part.isAfterGap = false;
    }
    this.piece = piece;
    this.evidenceOfPiece = this.evidence.at(piece.part as LogPart, piece.offset);
    this.lookedAt = look;
    const year =
      this.second === null
        ? piece.part.firstYear(this.timezone)
        : wallTime(this.second * 1000, this.timezone).getUTCFullYear();
    this.entry ??= new EntryReader({ timezone: this.timezone, firstYear: year });
    this.lines.push(piece.bytes);
    this.step();
  }

  /** Goes to the next line at hand, if there is one. */
  step(): void {
    const { piece, lines, entry } = this;
    if (this.isAtLine) this.log.second = entry.second;
    this.isAtLine = false;
    while (lines.advance()) {
      this.isAtLine = entry.parse(lines.bytes, lines.start, lines.end);
      entry.evidence = this.evidenceOfPiece + lines.start;
      if (this.isAtLine) return;
    }
    if (piece !== null) this.last = this.log.placeIn(piece, piece.offset + piece.bytes.length);
    this.piece = null;
  }
}
