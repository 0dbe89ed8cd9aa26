import { stat } from 'node:fs/promises';
import { isErrno } from '../errors.ts';
import { type LogFile, openLogFile, type Reading } from './log-file.ts';

const NEWLINE = 0x0a;

/** A log as it grows: what is appended, whole lines only, through its rotation and truncation. */
export class Tail {
  private file: LogFile;
  /** Opened here, and not by whoever made this. */
  private isOwn = false;
  private position: number;
  /** The beginning of a line that is being written. */
  private rest: Buffer = Buffer.alloc(0);
  private readonly reading: Reading;

  /**
   * @param file the newest part of a log, which is closed by whoever opened it
   * @param position where to begin; the beginning of a line
   */
  constructor(file: LogFile, reading: Reading, position = 0) {
    this.file = file;
    this.position = position;
    this.reading = reading;
  }

  /** From its beginning to where it ends now. */
  async *fromStart(): AsyncGenerator<Buffer> {
    this.position = 0;
    this.rest = Buffer.alloc(0);
    for (;;) {
      const piece = await this.file.readAt(this.position);
      if (piece.length === 0) return;
      yield this.wholeLines(piece);
    }
  }

  /** What was appended since the last call; empty where nothing was. */
  async more(): Promise<Buffer> {
    const piece = await this.file.readAt(this.position);
    if (piece.length > 0) return this.wholeLines(piece);
    const next = await this.successor();
    if (next === null) return piece;
    // What was written to the old one before the first line of the new one is all there now.
    const late = await this.file.readAt(this.position);
    if (late.length > 0) {
      await next.close();
      return this.wholeLines(late);
    }
    // Nobody writes to the old one any more: its last line is complete.
    const last = this.rest.length > 0 ? Buffer.concat([this.rest, Buffer.of(NEWLINE)]) : this.rest;
    if (this.isOwn) await this.file.close();
    [this.file, this.isOwn, this.position, this.rest] = [next, true, 0, Buffer.alloc(0)];
    return Buffer.concat([last, await this.more()]);
  }

  /** Closes what was opened here. */
  async close(): Promise<void> {
    if (this.isOwn) await this.file.close();
  }

  private wholeLines(piece: Buffer): Buffer {
    this.position += piece.length;
    const end = piece.lastIndexOf(NEWLINE) + 1;
    const lines = end === 0 ? Buffer.alloc(0) : Buffer.concat([this.rest, piece.subarray(0, end)]);
    this.rest = end === 0 ? Buffer.concat([this.rest, piece]) : Buffer.from(piece.subarray(end));
    return lines;
  }

  /**
   * What stands in the place of the file, if that is another one now, or the same one begun anew. While another one is
   * empty the old one is written to: logrotate makes the new one before rsyslog is told to reopen its log.
   */
  private async successor(): Promise<LogFile | null> {
    const { path, id } = this.file;
    try {
      const { dev, ino, size } = await stat(path, { bigint: true });
      if (`${dev}:${ino}` === id ? Number(size) >= this.position : Number(size) === 0) return null;
      return await openLogFile(path, this.reading);
    } catch (error) {
      // Between its renaming and the making of the new one.
      if (isErrno(error, 'ENOENT')) return null;
      throw error;
    }
  }
}
