import { isGzip } from '../host/gunzip.ts';
import type { LogFile } from '../host/log-file.ts';
import { EntryReader } from '../log/entry.ts';
import { hasYear } from '../log/local-time.ts';
import { wallTime } from '../zone.ts';
import { type FileIdentity, HEAD, identityOf, TAIL, tailOf } from './place.ts';

const NEWLINE = 0x0a;
/** No line of a log is longer: what has no newline for so long is none. */
const LONGEST_LINE = 1 << 20;

/** Whole lines of a file of a log. */
export interface Piece {
  bytes: Buffer;
  part: Pick<LogPart, 'isAfterGap' | 'replayTo' | 'firstYear' | 'number'>;
  /** Of its first byte, uncompressed. */
  offset: number;
  /** What stands before it, as much as a place needs. */
  before: Buffer;
}

/** One file of a log, the newest or a rotated one, read from some offset on, whole lines at a time. */
export class LogPart {
  readonly file: LogFile;
  /** Lines that end here or before were read before this process was. */
  replayTo = 0;
  /** Lines between this file and what was read before are gone. */
  isAfterGap = false;
  /** Its place among the files that lines were read from, -1 as long as none was; see Evidence. */
  number = -1;
  /** Of the end of the last whole line that was read. */
  offset = 0;
  private head: Buffer;
  private tail: Buffer = Buffer.alloc(0);
  private rest: Buffer = Buffer.alloc(0);
  private readonly isPacked: boolean;
  private stream: AsyncIterator<Buffer> | null = null;
  private hasEnded = false;

  private constructor(file: LogFile, head: Buffer, isPacked: boolean) {
    this.file = file;
    this.head = head;
    this.isPacked = isPacked;
  }

  static async of(file: LogFile): Promise<LogPart> {
    const start = (await file.readAt(0)).subarray(0, HEAD);
    if (!isGzip(start)) return new LogPart(file, Buffer.from(start), false);
    let head = Buffer.alloc(0);
    for await (const chunk of file.chunks()) {
      head = Buffer.concat([head, chunk.subarray(0, HEAD - head.length)]);
      if (head.length === HEAD) break;
    }
    return new LogPart(file, head, true);
  }

  get identity(): FileIdentity | null {
    return identityOf(this.head);
  }

  /** Its first bytes. */
  get beginning(): Buffer {
    return this.head;
  }

  /** Bytes behind the offset, by the size that it had when it was opened; null where it is compressed. */
  get left(): number | null {
    return this.isPacked ? null : Math.max(0, (this.file.size ?? 0) - this.offset);
  }

  get hasLine(): boolean {
    return this.identity !== null;
  }

  /** Seconds since 1970 of its first line that has a stamp; null where none has. */
  firstSecond(timezone: string): number | null {
    const entry = new EntryReader({ timezone, firstYear: this.firstYear(timezone) });
    for (let start = 0; start < this.head.length; ) {
      const end = this.head.indexOf(NEWLINE, start);
      const stop = end < 0 ? this.head.length : end;
      if (stop > start && entry.parse(this.head, start, stop)) return entry.second;
      start = stop + 1;
    }
    return null;
  }

  /** For stamps without a year: that of its last line, or the one before where its first would be later than that. */
  firstYear(timezone: string): number {
    const modified = this.file.modified ?? new Date();
    const year = wallTime(modified.getTime(), timezone).getUTCFullYear();
    if (hasYear(this.head) !== false) return year;
    const entry = new EntryReader({ timezone, firstYear: year });
    const end = this.head.indexOf(NEWLINE);
    const isLater = entry.parse(this.head, 0, end < 0 ? this.head.length : end) && entry.second * 1000 > +modified;
    return isLater ? year - 1 : year;
  }

  /** Goes to an offset. @returns the bytes before it, or null where the file is shorter */
  async goTo(offset: number): Promise<Buffer | null> {
    const from = Math.max(0, offset - TAIL);
    if (!this.isPacked) this.tail = (await this.file.readAt(from)).subarray(0, offset - from);
    else {
      let passed = 0;
      while (passed < offset) {
        const chunk = await this.nextPacked();
        if (chunk === null) return null;
        const used = chunk.subarray(0, offset - passed);
        passed += used.length;
        this.tail = tailOf(this.tail, used);
        this.rest = Buffer.from(chunk.subarray(used.length));
      }
    }
    if (this.tail.length < offset - from) return null;
    this.tail = Buffer.from(this.tail);
    this.offset = offset;
    return this.tail;
  }

  /** What follows: whole lines, `end` where there are none now, `truncated` where the file is another one by now. */
  async next(): Promise<Piece | 'end' | 'truncated'> {
    for (;;) {
      const chunk = this.isPacked ? await this.nextPacked() : await this.nextPlain();
      if (chunk === 'truncated') return chunk;
      if (chunk === null) return 'end';
      const all = this.isPacked ? Buffer.concat([this.rest, chunk]) : chunk;
      const end = all.lastIndexOf(NEWLINE) + 1;
      if (end > 0) {
        if (this.isPacked) this.rest = Buffer.from(all.subarray(end));
        return this.pass(all.subarray(0, end));
      }
      if (all.length >= LONGEST_LINE) {
        this.rest = Buffer.alloc(0);
        return this.pass(all);
      }
      if (!this.isPacked) return 'end';
      this.rest = all;
    }
  }

  /** Nobody writes to it any more: what follows its last newline is a line too. */
  async last(): Promise<Piece | null> {
    const rest = this.isPacked ? this.rest : await this.nextPlain();
    if (rest === null || rest === 'truncated' || rest.length === 0) return null;
    this.rest = Buffer.alloc(0);
    const piece = this.pass(rest);
    return { ...piece, bytes: Buffer.concat([rest, Buffer.of(NEWLINE)]) };
  }

  close(): Promise<void> {
    return this.file.close();
  }

  private pass(bytes: Buffer): Piece {
    const piece = { bytes, part: this, offset: this.offset, before: this.tail };
    if (this.head.length < HEAD && this.offset <= this.head.length)
      this.head = Buffer.concat([this.head.subarray(0, this.offset), bytes.subarray(0, HEAD - this.offset)]);
    this.tail = tailOf(this.tail, bytes);
    this.offset += bytes.length;
    return piece;
  }

  /** The bytes before the place are read again with those after it: they tell whether it is still the same file. */
  private async nextPlain(): Promise<Buffer | 'truncated' | null> {
    const bytes = await this.file.readAt(this.offset - this.tail.length);
    if (!bytes.subarray(0, this.tail.length).equals(this.tail)) return 'truncated';
    return bytes.length === this.tail.length ? null : bytes.subarray(this.tail.length);
  }

  private async nextPacked(): Promise<Buffer | null> {
    if (this.hasEnded) return null;
    this.stream ??= this.file.chunks()[Symbol.asyncIterator]();
    const next = await this.stream.next();
    if (!next.done) return next.value;
    this.hasEnded = true;
    return null;
  }
}
