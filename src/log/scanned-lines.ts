import type { EntryReader } from './entry.ts';
import type { Fold } from './fold.ts';
import type { HostLog } from './host-log.ts';
import { lineEnd } from './lines.ts';
import type { Run } from './run.ts';
import type { Scanned } from './scanned.ts';
import type { Stretch } from './stretch.ts';

/**
 * The lines of a piece that was scanned, one after the other. Those of a stretch are passed and told together at its last,
 * which is as if each had been told in its turn: nobody but their run takes notice of them. Should somebody have to know
 * how far the run has come, it is told line by line.
 */
export class ScannedLines {
  private readonly bytes: Buffer;
  private readonly scanned: Scanned;
  private readonly fold: Fold;
  private readonly entry: EntryReader;
  private readonly passed: EntryReader;
  private line = -1;
  /** The place of the next among the steps. */
  private step = 0;
  /** The lines of a stretch are told one by one. */
  private isAnyApart = false;
  /** The line is being read; else it is one of another log that asks how far a run has come. */
  private isReading = false;
  /** By place, those that have begun. */
  private readonly stretches: (PassingStretch | undefined)[];

  /** @param passed for lines that were passed, while `entry` is at another */
  constructor(bytes: Buffer, scanned: Scanned, fold: Fold, entry: EntryReader, passed: EntryReader) {
    this.bytes = bytes;
    this.scanned = scanned;
    this.fold = fold;
    this.entry = entry;
    this.passed = passed;
    this.stretches = new Array(scanned.stretchCount);
    entry.isTorn = false;
  }

  /** Goes to the next line that is one of a log. @returns whether there is one */
  advance(): boolean {
    const { lineCount, parts } = this.scanned;
    while (++this.line < lineCount) {
      if ((parts[this.line] as number) >= 0) return true;
      const isEntry = this.take(this.line) || this.parse(this.entry, this.line);
      if (isEntry) return true;
      if (isEntry === false) this.fold.lines.unknown++;
    }
    return false;
  }

  /** Leaves out lines that come next as long as nothing is to be done at them: for who reads no other log beside this one. */
  passOver(): void {
    if (this.isAnyApart) return;
    const { steps, stepCount, lineCount } = this.scanned;
    while (this.step < stepCount && (steps[this.step] as number) <= this.line) this.step++;
    this.line = (this.step < stepCount ? (steps[this.step] as number) : lineCount) - 1;
  }

  /** Of the line, in microseconds since 1970. */
  get time(): number {
    const { line, entry } = this;
    const { parts, seconds, micros } = this.scanned;
    if ((parts[line] as number) < 0) return entry.second * 1_000_000 + entry.micros();
    return (seconds[line] as number) * 1_000_000 + (micros[line] as number);
  }

  read(): void {
    this.isReading = true;
    this.readLine();
    this.isReading = false;
  }

  private readLine(): void {
    const { line, fold, entry } = this;
    const { parts, seconds } = this.scanned;
    const part = parts[line] as number;
    if (part < 0) return fold.read(entry);
    const second = seconds[line] as number;
    const passing = this.stretches[part] ?? this.enter(part, second);
    passing.log.pass(second);
    if (!passing.isTogether) {
      if (this.parse(entry, line)) fold.read(entry);
    } else if (line === passing.lastLine && !passing.stretch.looksAhead) this.tell(passing);
  }

  private tell({ stretch, lastLine, run }: PassingStretch): void {
    const { lines } = this.fold;
    if (stretch.isNoise) lines.sshd += stretch.lineCount;
    else if (run !== undefined) {
      run.deferred = null;
      run.lastSecond = this.scanned.seconds[lastLine] as number;
      run.requests.tell(stretch);
      lines.session += stretch.lineCount;
    }
    this.entry.passYear();
  }

  private enter(part: number, second: number): PassingStretch {
    const stretch = this.scanned.stretch(part);
    const log = this.fold.logOf(stretch.host);
    // What ends by its clock ends before.
    log.pass(second);
    const passing = this.begin(part, stretch, log);
    this.stretches[part] = passing;
    if (!passing.isTogether) this.isAnyApart = true;
    return passing;
  }

  /** Whoever has to know how far its run has come shall hear of it from now on. */
  private begin(part: number, stretch: Stretch, log: HostLog): PassingStretch {
    const { lastLine } = stretch;
    if (stretch.isNoise) return { stretch, log, run: undefined, lastLine, isTogether: true };
    const run = log.runOf(stretch.pid);
    run?.deferred?.meet(true);
    const isTogether = run?.state === 'running' && run.requests.canTell(stretch);
    const passing: PassingStretch = { stretch, log, run, lastLine, isTogether };
    if (run && isTogether)
      run.deferred = {
        catchUp: () => this.catchUp(passing, part, run),
        meet: (isNext) => {
          if (isNext && this.isReading && this.line > passing.lastLine) this.tell(passing);
          else this.catchUp(passing, part, run);
        },
      };
    return passing;
  }

  private catchUp(passing: PassingStretch, part: number, run: Run): void {
    passing.isTogether = false;
    this.isAnyApart = true;
    run.deferred = null;
    for (let line = passing.stretch.firstLine; line < this.line; line++) {
      if (this.scanned.parts[line] !== part || !this.parse(this.passed, line)) continue;
      passing.log.readDeferred(run, this.passed);
      this.fold.lines.session++;
    }
  }

  /** @returns whether the scanner has read what stands before its message */
  private take(line: number): boolean {
    const head = this.scanned.entryHead(line);
    if (head !== null) this.entry.take(this.bytes, this.startOf(line), this.endOf(line), head);
    return head !== null;
  }

  /** @returns whether the line is one of a log; null if it is empty */
  private parse(entry: EntryReader, line: number): boolean | null {
    const [start, end] = [this.startOf(line), this.endOf(line)];
    return end === start ? null : entry.parse(this.bytes, start, end);
  }

  private startOf(line: number): number {
    return this.scanned.starts[line] as number;
  }

  private endOf(line: number): number {
    return lineEnd(this.bytes, this.startOf(line), this.startOf(line + 1) - 1);
  }
}

/** A stretch of which the first line was met. */
interface PassingStretch {
  readonly stretch: Stretch;
  readonly log: HostLog;
  readonly run: Run | undefined;
  readonly lastLine: number;
  /** Its lines are told together. */
  isTogether: boolean;
}
