import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmdirSync,
  statfsSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { isErrno, reasonOf } from '../../errors.ts';
import { EntryReader } from '../../log/entry.ts';

/** Milliseconds between looks, and after which nobody writes to a file of a minute any more. */
const [LOOK, OVER] = [250, 75_000];
const CHUNK = 1 << 18;
/** Of what was read so many bytes are kept, until the minute is over; then all of it goes. */
const MOST_READ = 8 << 20;

const NEWLINE = 0x0a;
const [ZERO, NINE] = [0x30, 0x39];

interface MinuteFile {
  name: string;
  fd: number;
  canCut: boolean;
  offset: number;
  /** Of a line that is not complete. */
  rest: Buffer;
}

/** What is read: an entry that is good until this returns, and syslog's number for how grave it is. */
export type TakeEntry = (entry: EntryReader, level: number) => void;

/** The files of one minute each that rsyslogd writes as long as their folder is there: read, and removed. */
export class MinuteFiles {
  /** Epoch milliseconds: what was logged before has been read. */
  readTo = 0;
  /** Microseconds since 1970 of when there was no room last; lines may be missing that came before. */
  fullAt = Number.NEGATIVE_INFINITY;
  private readonly folder: string;
  private readonly take: TakeEntry;
  private readonly warn: (text: string) => void;
  private readonly files = new Map<string, MinuteFile>();
  private readonly entry = new EntryReader({ timezone: 'UTC', firstYear: 0 });
  private readonly stop = new AbortController();
  private readonly ended: Promise<void>;
  private trouble = '';
  private looks: (() => void)[] = [];
  /** Epoch milliseconds of the newest line of a look. */
  private newest = 0;

  constructor(folder: string, take: TakeEntry, warn: (text: string) => void) {
    this.folder = folder;
    this.take = take;
    this.warn = warn;
    this.ended = this.run();
  }

  /** Until the next look is over. */
  look(): Promise<void> {
    return new Promise((resolve) => {
      this.looks.push(resolve);
    });
  }

  /** Reads what is left. Without the folder rsyslogd writes no more. */
  async close(): Promise<void> {
    this.stop.abort();
    await this.ended;
    for (const file of [...this.files.values()]) this.remove(file);
    try {
      rmdirSync(this.folder);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) this.complain(error);
    }
  }

  private async run(): Promise<void> {
    for (let isLast = false; ; ) {
      const began = Date.now();
      this.newest = 0;
      try {
        await this.readAll();
        this.trouble = '';
        // Where lines are still coming in, what comes last tells how far whoever writes them is behind.
        this.readTo = this.newest === 0 ? began : Math.min(began, this.newest);
      } catch (error) {
        this.complain(error);
      }
      const waiting = this.looks;
      this.looks = [];
      for (const resolve of waiting) resolve();
      if (isLast) return;
      await sleep(LOOK, undefined, { signal: this.stop.signal }).catch(() => {});
      isLast = this.stop.signal.aborted;
    }
  }

  private async readAll(): Promise<void> {
    const names = this.names();
    for (const file of this.files.values()) if (!names.includes(file.name)) this.forget(file);
    for (const name of names) {
      const file = this.files.get(name) ?? this.open(name);
      if (file === null) continue;
      await this.read(file);
      // Whichever way the clock was set.
      if (Math.abs(Date.now() - fstatSync(file.fd).mtimeMs) > OVER) this.remove(file);
    }
    if (statfsSync(this.folder).bavail === 0) this.fullAt = Date.now() * 1000;
  }

  private names(): string[] {
    try {
      return readdirSync(this.folder).sort();
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
      const { mode } = statSync(dirname(this.folder));
      const umask = process.umask(0);
      try {
        mkdirSync(this.folder, mode & 0o777);
      } finally {
        process.umask(umask);
      }
      return [];
    }
  }

  private open(name: string): MinuteFile | null {
    const path = join(this.folder, name);
    const flags = constants.O_NOFOLLOW | constants.O_NONBLOCK;
    let fd: number;
    let canCut = true;
    try {
      fd = openSync(path, constants.O_RDWR | flags);
    } catch (error) {
      if (!isErrno(error, 'EACCES')) throw error;
      fd = openSync(path, constants.O_RDONLY | flags);
      canCut = false;
    }
    if (!fstatSync(fd).isFile()) {
      closeSync(fd);
      return null;
    }
    const file = { name, fd, canCut, offset: 0, rest: Buffer.alloc(0) };
    this.files.set(name, file);
    return file;
  }

  private async read(file: MinuteFile): Promise<void> {
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      const length = readSync(file.fd, chunk, 0, CHUNK, file.offset);
      if (length === 0) break;
      file.offset += length;
      this.split(file, chunk.subarray(0, length));
      await turn();
    }
    // rsyslogd appends, wherever the end is. What it writes between these two calls is lost, in a flood.
    if (file.canCut && file.offset > MOST_READ && fstatSync(file.fd).size === file.offset) {
      ftruncateSync(file.fd, 0);
      file.offset = 0;
    }
  }

  private split(file: MinuteFile, chunk: Buffer): void {
    const bytes = file.rest.length === 0 ? chunk : Buffer.concat([file.rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.parse(bytes, start, end);
      start = end + 1;
    }
    // What has no newline for so long is no line.
    file.rest = bytes.length - start > CHUNK ? Buffer.alloc(0) : Buffer.from(bytes.subarray(start));
  }

  private parse(bytes: Buffer, start: number, end: number): void {
    const { entry } = this;
    if (!entry.parse(bytes, start, end)) return;
    let priority = 0;
    for (let at = start + 1; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte < ZERO || byte > NINE) break;
      priority = priority * 10 + byte - ZERO;
    }
    this.newest = Math.max(this.newest, entry.second * 1000 + entry.micros() / 1000);
    this.take(entry, priority & 7);
  }

  private remove(file: MinuteFile): void {
    this.forget(file);
    try {
      unlinkSync(join(this.folder, file.name));
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) this.complain(error);
    }
  }

  private forget(file: MinuteFile): void {
    closeSync(file.fd);
    this.files.delete(file.name);
  }

  private complain(error: unknown): void {
    const reason = reasonOf(error);
    if (reason !== this.trouble) this.warn(`${this.folder}: ${reason}`);
    this.trouble = reason;
  }
}
