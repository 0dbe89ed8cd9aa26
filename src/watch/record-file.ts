import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { syncFolder } from '../host/draft.ts';

const NEWLINE = 0x0a;
const CHUNK = 1 << 20;
/** `1a2b3c4d ` before each record: CRC-32 of it. */
const SUM = 9;

/** Where a record stands in its file. */
export interface RecordPlace {
  offset: number;
  length: number;
}

/** A file of records, one JSON value a line, that is only appended to. What a crash left half written is cut off. */
export class RecordFile {
  private readonly path: string;
  private descriptor: number;
  /** Of what is whole. */
  size = 0;

  /** @param onRecord told each record that is there, in order; one that is damaged ends the file */
  constructor(path: string, onRecord: (value: unknown, place: RecordPlace) => void) {
    this.path = path;
    this.descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    for (const { text, offset, length } of this.lines()) {
      const value = parsed(text);
      if (value === undefined) break;
      onRecord(value, { offset, length });
      this.size = offset + length;
    }
    ftruncateSync(this.descriptor, this.size);
  }

  /** All of them are on the disk when it returns, or none counts. @returns where they stand */
  append(values: readonly unknown[], sync = true): RecordPlace[] {
    const lines = values.map(line);
    let offset = this.size;
    const places = lines.map(({ length }) => {
      offset += length;
      return { offset: offset - length, length };
    });
    try {
      write(this.descriptor, Buffer.concat(lines), this.size);
      if (sync) fdatasyncSync(this.descriptor);
    } catch (error) {
      ftruncateSync(this.descriptor, this.size);
      throw error;
    }
    this.size = offset;
    return places;
  }

  sync(): void {
    fdatasyncSync(this.descriptor);
  }

  read({ offset, length }: RecordPlace): unknown {
    const bytes = Buffer.alloc(length);
    readSync(this.descriptor, bytes, 0, length, offset);
    const value = parsed(bytes.subarray(0, -1));
    if (value === undefined) throw new Error(`${this.path} was changed at byte ${offset}`);
    return value;
  }

  /**
   * Puts a file in its place that has these records, then those at these places, then more.
   *
   * @returns where those in the middle stand now
   */
  rewrite(first: readonly unknown[], kept: readonly RecordPlace[], more: readonly unknown[]): RecordPlace[] {
    const draft = `${this.path}.new`;
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
    const descriptor = openSync(draft, flags, 0o600);
    let size = 0;
    try {
      const add = (bytes: Buffer) => {
        write(descriptor, bytes, size);
        size += bytes.length;
      };
      for (const value of first) add(line(value));
      const places = kept.map(({ offset, length }) => {
        const bytes = Buffer.alloc(length);
        readSync(this.descriptor, bytes, 0, length, offset);
        add(bytes);
        return { offset: size - length, length };
      });
      for (const value of more) add(line(value));
      fdatasyncSync(descriptor);
      renameSync(draft, this.path);
      syncFolder(dirname(this.path));
      closeSync(this.descriptor);
      [this.descriptor, this.size] = [descriptor, size];
      return places;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private *lines(): Generator<{ text: Buffer; offset: number; length: number }> {
    const { size } = fstatSync(this.descriptor);
    let rest = Buffer.alloc(0);
    for (let position = 0; position < size; ) {
      const chunk = Buffer.alloc(Math.min(CHUNK, size - position));
      const got = readSync(this.descriptor, chunk, 0, chunk.length, position);
      if (got === 0) return;
      const bytes = Buffer.concat([rest, chunk.subarray(0, got)]);
      const first = position - rest.length;
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        yield { text: bytes.subarray(start, end), offset: first + start, length: end + 1 - start };
        start = end + 1;
      }
      rest = bytes.subarray(start);
      position += got;
    }
  }
}

/** No record that is read from outside is longer. */
const LONGEST = 1 << 16;

/** One record of a file that another process writes to, which may have put anything there. */
export function readRecord(path: string, { offset, length }: RecordPlace): unknown {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile() || !(length > SUM && length <= LONGEST))
      throw new Error(`no record of ${path}`);
    const bytes = Buffer.alloc(length);
    readSync(descriptor, bytes, 0, length, offset);
    const value = parsed(bytes.subarray(0, -1));
    if (value === undefined) throw new Error(`${path} has no record at byte ${offset}`);
    return value;
  } finally {
    closeSync(descriptor);
  }
}

function line(value: unknown): Buffer {
  const json = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from(`${sumOf(json)} `), json, Buffer.of(NEWLINE)]);
}

const sumOf = (bytes: Buffer): string => crc32(bytes).toString(16).padStart(8, '0');

function parsed(text: Buffer): unknown {
  const json = text.subarray(SUM);
  if (text.length <= SUM || text.toString('latin1', 0, SUM) !== `${sumOf(json)} `) return undefined;
  return JSON.parse(json.toString());
}

function write(descriptor: number, bytes: Buffer, position: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
}
