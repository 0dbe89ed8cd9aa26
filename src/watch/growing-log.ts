import { stat } from 'node:fs/promises';
import { isErrno } from '../errors.ts';
import type { LogFile, Reading } from '../host/log-file.ts';
import { openGenerations } from '../host/snapshot.ts';
import { LogPart, type Piece } from './log-part.ts';
import { isFile, type Place, sha256, tailOf } from './place.ts';

/** Where the reading of a log goes on: `read` is how far it came, `from` where what was not told yet begins. */
export interface LogPosition {
  path: string;
  from: Place | null;
  read: Place | null;
}

/**
 * A log as it grows, through rotation, compression and truncation, with its files as far as they are there. What was read
 * last is found again by its bytes: names, inodes and compression change.
 */
export class GrowingLog {
  readonly path: string;
  private readonly timezone: string;
  private readonly reading: Reading;
  private current: LogPart | null = null;
  private parts: LogPart[] = [];
  /** What was read last, and how far. */
  private last: Place | null;
  /** Seconds since 1970 of the last line that was understood. */
  second = 0;

  /** No more files come than were handed over. */
  private isFixed = false;

  private constructor(path: string, timezone: string, reading: Reading, last: Place | null) {
    this.path = path;
    this.timezone = timezone;
    this.reading = reading;
    this.last = last;
    this.second = last?.second ?? 0;
  }

  /** Goes on where a position says. */
  static async resume({ path, from, read }: LogPosition, timezone: string, reading: Reading): Promise<GrowingLog> {
    const log = new GrowingLog(path, timezone, reading, read);
    await log.relocate(from);
    return log;
  }

  /**
   * Reads what there is for the first time.
   *
   * @param since epoch milliseconds; null reads all generations, as new
   */
  static async begin(path: string, since: number | null, timezone: string, reading: Reading): Promise<GrowingLog> {
    const log = new GrowingLog(path, timezone, reading, null);
    log.parts = await log.open(since);
    await log.leaveOutEmpty();
    for (const part of since === null ? [] : log.parts)
      part.replayTo = part.file.path === path ? (part.file.size ?? 0) : Number.POSITIVE_INFINITY;
    return log;
  }

  /** Reads these files, oldest first, and no others. */
  static async fixed(path: string, files: readonly LogFile[], timezone: string, reading: Reading): Promise<GrowingLog> {
    const log = new GrowingLog(path, timezone, reading, null);
    log.isFixed = true;
    for (const file of files) log.parts.push(await LogPart.of(file));
    return log;
  }

  /** Whether lines are still to come that were read before. */
  get isReplaying(): boolean {
    const { current, parts } = this;
    return [...(current ? [current] : []), ...parts].some(({ offset, replayTo }) => offset < replayTo);
  }

  /** Bytes that are still to be read; null where a compressed file hides how many it has. */
  get rest(): number | null {
    const rests = [...(this.current ? [this.current] : []), ...this.parts].map((part) => part.left);
    return rests.includes(null) ? null : rests.reduce((sum: number, bytes) => sum + (bytes ?? 0), 0);
  }

  /** The next lines, or null where there are none now. */
  async look(): Promise<Piece | null> {
    const piece = await this.next();
    const { current } = this;
    if (piece !== null) this.last = this.placeIn(piece, piece.offset + piece.bytes.length);
    else if (current !== null) current.replayTo = Math.min(current.replayTo, current.offset);
    return piece;
  }

  /** @param end of one of its lines; the newline that a last line lacks does not count */
  placeIn({ part: of, bytes, before, offset: start }: Piece, end: number): Place {
    const part = of as LogPart;
    const offset = Math.min(end, part.offset);
    const tail = tailOf(before, bytes.subarray(0, offset - start));
    return { file: part.identity, offset, tail: sha256(tail), second: this.second };
  }

  private async next(): Promise<Piece | null> {
    for (;;) {
      this.current ??= this.parts.shift() ?? null;
      if (this.current === null) {
        if (this.isFixed) return null;
        if ((await this.stat()) === null) return null;
        await this.relocate(null);
        if (this.parts.length === 0) return null;
        continue;
      }
      const next = await this.current.next();
      if (next === 'truncated') await this.drop();
      else if (next !== 'end') return next;
      else if (this.parts.length > 0 || this.isFixed) {
        const last = await this.current.last();
        if (last !== null) return last;
        await this.current.close();
        this.current = null;
      } else if (!(await this.goOn())) return null;
    }
  }

  async close(): Promise<void> {
    await this.drop();
  }

  private async drop(): Promise<void> {
    for (const part of [...(this.current ? [this.current] : []), ...this.parts]) await part.close();
    this.current = null;
    this.parts = [];
  }

  /** All of the newest file is read. @returns whether another one has taken its place, or lines came at the last moment */
  private async goOn(): Promise<boolean> {
    const before = this.current as LogPart;
    const now = await this.stat();
    // While the new one is empty the old one is written to: rsyslog reopens its log when it is told to. Of an empty one
    // that was written to, a copy was made and what stood in it cut off, all between two looks.
    const isSame = now?.id === before.file.id;
    const wasEmptied =
      isSame && before.offset === 0 && now.size === 0 && now.modified !== before.file.modified?.getTime();
    if (now === null || (isSame ? !wasEmptied : now.size === 0)) return false;
    this.current = null;
    await this.relocate(null);
    // Its first line is not complete, or it was rotated just now.
    if (this.parts.at(-1)?.file.id !== now.id && !wasEmptied) {
      await this.drop();
      this.current = before;
      return false;
    }
    await before.close();
    return true;
  }

  private async stat(): Promise<{ id: string; size: number; modified: number } | null> {
    try {
      const { dev, ino, size, mtime } = await stat(this.path, { bigint: true });
      return { id: `${dev}:${ino}`, size: Number(size), modified: mtime.getTime() };
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return null;
      throw error;
    }
  }

  private async open(since: number | null): Promise<LogPart[]> {
    const parts: LogPart[] = [];
    for (const file of (await openGenerations(this.path, since, this.reading)) ?? []) {
      if (file.foreign === null) parts.push(await LogPart.of(file));
      else {
        this.reading.warn(`${file.path} cannot be read: it is compressed with ${file.foreign}`);
        await file.close();
      }
    }
    return parts;
  }

  /** Finds the files that are to be read after what was read last, and whether any between them are gone. */
  private async relocate(from: Place | null): Promise<void> {
    const all = await this.open(null);
    const read = await this.indexOf(all, this.last);
    const start = from === null ? read : all.findIndex(({ beginning }) => isFile(from.file, beginning));
    const isNew = (part: LogPart) =>
      this.last === null || (part.firstSecond(this.timezone) ?? Number.POSITIVE_INFINITY) >= this.last.second;
    const isOldest = (part: LogPart) => from !== null && (part.firstSecond(this.timezone) ?? 0) >= from.second;
    let first = start;
    // What was not told yet begins in a file that is gone: all that is left of it is read.
    if (first < 0 && read >= 0) first = Math.min(read, ...indices(all, isOldest));
    const fresh = read >= 0 ? read : Math.min(all.length, ...indices(all, isNew));
    if (first < 0 || first > fresh) first = fresh;
    for (const [index, part] of all.entries()) {
      if (index < fresh) part.replayTo = Number.POSITIVE_INFINITY;
      if (index === read && this.last) part.replayTo = this.last.offset;
    }
    const gap = all[fresh];
    if (read < 0 && this.last?.file && gap) gap.isAfterGap = true;
    if (read >= 0 && first === read && from === null) await all[read]?.goTo((this.last as Place).offset);
    else if (from !== null && start >= 0 && first === start) await all[start]?.goTo(from.offset);
    this.parts = all.slice(first);
    for (const part of all.slice(0, first)) await part.close();
    await this.leaveOutEmpty();
  }

  /** Where the newest one has no line yet, rsyslog may still be writing to the one before. */
  private async leaveOutEmpty(): Promise<void> {
    if (this.parts.length > 1 && this.parts.at(-1)?.hasLine === false) await this.parts.pop()?.close();
  }

  private async indexOf(parts: readonly LogPart[], place: Place | null): Promise<number> {
    if (place?.file == null) return -1;
    for (const [index, part] of parts.entries()) {
      if (!isFile(place.file, part.beginning)) continue;
      const again = await LogPart.of(part.file);
      const before = await again.goTo(place.offset);
      if (before !== null && sha256(before) === place.tail) return index;
    }
    return -1;
  }
}

const indices = (parts: readonly LogPart[], isMeant: (part: LogPart) => boolean): number[] =>
  parts.flatMap((part, index) => (isMeant(part) ? [index] : []));
