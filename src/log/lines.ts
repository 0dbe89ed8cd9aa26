import type { Mentions } from './mentions.ts';

/** No line of a log is longer; what is, is skipped. */
export const LONGEST_LINE = 1 << 20;

export const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Where a line ends whose newline is there. */
export const lineEnd = (bytes: Buffer, start: number, newline: number): number =>
  newline > start && bytes[newline - 1] === RETURN ? newline - 1 : newline;

/** Chunks of any size -> the lines in them, one after the other, without copying those that are whole. */
export class Lines {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  end = 0;
  /** It ends with the log and not with a newline: more of it may have been to come. */
  isTorn = false;
  private next = 0;
  private rest: Buffer = Buffer.alloc(0);
  private isSkipping = false;
  private waiting: Buffer | null = null;
  private waitingFrom = 0;

  /** Only when `advance` has said that there is no more. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.isTorn = false;
    const first = chunk.indexOf(NEWLINE);
    if (first < 0) return this.keep(chunk);
    if (this.rest.length === 0 && !this.isSkipping) return this.use(chunk, 0);
    const joined = this.isSkipping ? Buffer.alloc(0) : Buffer.concat([this.rest, chunk.subarray(0, first + 1)]);
    this.rest = Buffer.alloc(0);
    this.isSkipping = false;
    this.use(joined, 0);
    this.waiting = chunk;
    this.waitingFrom = first + 1;
  }

  /** What follows the last newline is a line too. @returns whether there is such a line */
  finish(): boolean {
    const { rest } = this;
    this.rest = Buffer.alloc(0);
    this.isTorn = rest.length > 0;
    if (rest.length > 0) this.use(Buffer.concat([rest, Buffer.of(NEWLINE)]), 0);
    return rest.length > 0;
  }

  /** Goes to the next line that is not empty. @returns whether there was one */
  advance(): boolean {
    for (;;) {
      const { bytes, next } = this;
      const newline = bytes.indexOf(NEWLINE, next);
      if (newline < 0) {
        if (next < bytes.length) this.keep(bytes.subarray(next));
        if (!this.useWaiting()) return false;
        continue;
      }
      this.start = next;
      this.next = newline + 1;
      this.end = lineEnd(bytes, next, newline);
      if (this.end > next) return true;
    }
  }

  /** @returns whether there is more of the chunk that waited until its first line was read */
  private useWaiting(): boolean {
    const { waiting, waitingFrom } = this;
    this.waiting = null;
    if (waiting === null || waitingFrom === waiting.length) {
      this.use(Buffer.alloc(0), 0);
      return false;
    }
    this.use(waiting, waitingFrom);
    return true;
  }

  /** What comes next begins with a line. */
  get isBetween(): boolean {
    return this.rest.length === 0 && !this.isSkipping;
  }

  /** Skips lines, as far as they are at hand, up to the one with the next mention: `advance` goes there. */
  skipTo(mentions: Mentions): void {
    const { bytes, next } = this;
    const place = Math.min(mentions.next(bytes, next), bytes.length);
    // The last line may go on in the next chunk.
    const newline = bytes.lastIndexOf(NEWLINE, place - 1);
    if (newline >= next) this.next = newline + 1;
  }

  /** Whether the line that goes on in the next chunk mentions somebody in what there is of it. */
  isNear(mentions: Mentions): boolean {
    return mentions.next(this.rest, 0) < this.rest.length;
  }

  /** What comes next comes later: it begins within a line, and the one that was begun does not go on. */
  breakOff(): void {
    this.rest = Buffer.alloc(0);
    this.isSkipping = true;
  }

  private use(bytes: Buffer, next: number): void {
    this.bytes = bytes;
    this.next = next;
  }

  private keep(part: Buffer): void {
    if (this.isSkipping) return;
    this.rest = this.rest.length === 0 ? Buffer.from(part) : Buffer.concat([this.rest, part]);
    if (this.rest.length <= LONGEST_LINE) return;
    this.isSkipping = true;
    this.rest = Buffer.alloc(0);
  }
}
