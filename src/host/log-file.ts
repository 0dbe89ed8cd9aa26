import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { isErrno, refused } from '../errors.ts';
import type { Part, Piece } from '../log/sources.ts';
import { shellQuote } from '../quote.ts';
import { foreignLog, foreignTo } from './foreign.ts';
import { gunzipped, isGzip } from './gunzip.ts';
import { beginScan, type Scan } from './scanned-file.ts';
import { scoutedPieces } from './scouted-file.ts';

/** A log that is open for reading: it stays the same file whatever is renamed or removed meanwhile. */
export interface LogFile {
  /** `-` is standard input. */
  readonly path: string;
  /** When it was last written to; null where that says nothing, as on standard input. */
  readonly modified: Date | null;
  /** Bytes on the disk; null where they cannot be known beforehand. */
  readonly size: number | null;
  /** Device and inode, or null for what is no file. */
  readonly id: string | null;
  /** The program that can decode it, where that is another than gzip; `chunks` must not be asked for then. */
  readonly foreign: string | null;
  /**
   * Its text, decoded, in pieces of about 1 MB: each stays as it is until the next is asked for. Without an `id` it can
   * be asked for once.
   */
  chunks(): AsyncIterable<Buffer>;
  /** The same of a large file, with what another thread finds out meanwhile; null where that is not worth while. */
  readonly inThreads: InThreads | null;
  /** What stands on the disk from there on, at most about 1 MB; only where there is an `id`. */
  readAt(position: number): Promise<Buffer>;
  close(): Promise<void>;
}

export interface InThreads extends Required<Pick<Part, 'pieces' | 'piecesNear'>> {
  /** `pieces` will be asked for. */
  begin(): void;
}

/** What is said while files are read. */
export interface Reading {
  warn(text: string): void;
  /** Bytes that were read just now, as they are on the disk. */
  onRead?(bytes: number): void;
  /** For tests: the program of the thread that reads a large file. */
  worker?: string;
}

const CHUNK = 1_048_576;

/**
 * @returns null where there is no such file
 * @throws OperatorError `refused` for what may not be read, or is a folder
 */
export async function openLogFile(path: string, reading: Reading): Promise<LogFile | null> {
  if (await isFifo(path)) return streamedLog(path, streamed(path), reading);
  // It may have become a FIFO since, and opening one waits for its writer.
  const handle = await openOrNull(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (handle === null) return null;
  const stats = await handle.stat({ bigint: true });
  if (stats.isDirectory()) {
    await handle.close();
    throw refused(`${path} is a folder, not a log`, `name the logs in it: ls ${shellQuote(path)}`);
  }
  const isFile = stats.isFile();
  let begun: Scan | null = null;
  const begin = () => beginScan(handle.fd, reading.worker);
  const head = isFile ? await handle.read(Buffer.alloc(6), 0, 6, 0) : null;
  if (!isFile) await handle.close();
  return {
    path,
    modified: isFile ? stats.mtime : null,
    size: isFile ? Number(stats.size) : null,
    id: isFile ? `${stats.dev}:${stats.ino}` : null,
    foreign: head && foreignTo(head.buffer),
    chunks() {
      if (!isFile) return decoded(path, counted(streamed(path), reading), null, reading);
      const free: Buffer[] = [];
      return decoded(path, chunksOf(handle, free, reading), free, reading);
    },
    inThreads:
      head && isWorthAThread(Number(stats.size), head.buffer, reading)
        ? {
            begin() {
              begun ??= begin();
            },
            pieces() {
              const scan = begun ?? begin();
              begun = null;
              return piecesOf(handle, scan, reading);
            },
            piecesNear: (nearby) =>
              scoutedPieces(handle.fd, Number(stats.size), nearby, (bytes) => reading.onRead?.(bytes), reading.worker),
          }
        : null,
    readAt: (position) => readAt(handle, position, Buffer.allocUnsafeSlow(CHUNK)),
    async close() {
      await begun?.end();
      if (isFile) await handle.close();
    },
  };
}

/** Standard input, or what else arrives as a stream. */
export const streamedLog = (path: string, chunks: AsyncIterable<Buffer>, reading: Reading): LogFile => ({
  ...{ path, modified: null, size: null, id: null, foreign: null, inThreads: null },
  readAt: async () => Buffer.alloc(0),
  chunks: () => decoded(path, counted(chunks, reading), null, reading),
  close: async () => {},
});

async function openOrNull(path: string, flags: number): Promise<FileHandle | null> {
  try {
    return await open(path, flags);
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return null;
    if (isErrno(error, 'EACCES') || isErrno(error, 'EPERM'))
      throw refused(
        `cannot read ${path}: permission denied`,
        `run it as root, with sudo, or as a member of the group that may read it, mostly adm: ls -l ${shellQuote(path)}`,
      );
    throw error;
  }
}

async function readAt(handle: FileHandle, position: number, into: Buffer): Promise<Buffer> {
  const { bytesRead, buffer } = await handle.read(into, 0, CHUNK, position);
  return buffer.subarray(0, bytesRead);
}

/** Threads of Node's own fetch so many pieces at once: to copy what is in memory already keeps one of them busy. */
const AHEAD = 3;

/**
 * The next pieces are fetched while the reader works on this one.
 *
 * @param free where pieces that are done with come back to be filled again: new memory for each costs time and room
 */
async function* chunksOf(handle: FileHandle, free: Buffer[], { onRead }: Reading, from = 0): AsyncGenerator<Buffer> {
  let position = from;
  const coming: Promise<Buffer>[] = [];
  for (;;) {
    while (coming.length < AHEAD) {
      const next = readAt(handle, position + coming.length * CHUNK, free.pop() ?? Buffer.allocUnsafeSlow(CHUNK));
      // A reader that stops here leaves it behind.
      next.catch(() => {});
      coming.push(next);
    }
    const piece = await (coming.shift() as Promise<Buffer>);
    if (piece.length === 0) return;
    position += piece.length;
    // The file has grown since: what was fetched behind a piece that was not full is not what comes next.
    if (piece.length < CHUNK) for (const other of coming.splice(0)) free.push(Buffer.from((await other).buffer));
    onRead?.(piece.length);
    yield piece;
  }
}

/** A thread takes as long to start as some megabytes to read. */
const LARGE = 32 * CHUNK;

const isWorthAThread = (size: number, head: Buffer, { worker }: Reading): boolean =>
  size >= LARGE && !isGzip(head) && foreignTo(head) === null && (availableParallelism() > 1 || worker !== undefined);

async function* piecesOf(handle: FileHandle, scan: Scan, reading: Reading): AsyncGenerator<Piece> {
  let position = 0;
  for await (const piece of scan.pieces()) {
    position += piece.bytes.length;
    reading.onRead?.(piece.bytes.length);
    yield piece;
  }
  // Nothing, unless the thread has failed.
  for await (const bytes of chunksOf(handle, [], reading, position)) yield { bytes, scanned: null };
}

async function* streamed(path: string): AsyncGenerator<Buffer> {
  const handle = await openOrNull(path, constants.O_RDONLY);
  if (handle !== null) yield* handle.createReadStream({ highWaterMark: CHUNK });
}

/** One is opened once and no more: its writer would meet nobody after the first time, and the second wait for ever. */
async function isFifo(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFIFO();
  } catch {
    // Whoever opens it says why.
    return false;
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, { onRead }: Reading): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onRead?.(chunk.length);
    yield chunk;
  }
}

/**
 * How a log is compressed is seen from its bytes: its name does not matter.
 *
 * @param free gets the memory of pieces that the reader is done with; what is decoded keeps its own
 */
async function* decoded(
  path: string,
  chunks: AsyncGenerator<Buffer>,
  free: Buffer[] | null,
  { warn }: Reading,
): AsyncGenerator<Buffer> {
  const first = await chunks.next();
  if (first.done) return;
  const foreign = foreignTo(first.value);
  if (foreign !== null) throw foreignLog(path, foreign);
  const whole = (async function* () {
    yield first.value;
    yield* chunks;
  })();
  if (isGzip(first.value))
    yield* gunzipped(whole, (reason) => warn(`${path} is damaged and was read as far as possible: ${reason}`));
  else
    for await (const piece of whole) {
      yield piece;
      free?.push(Buffer.from(piece.buffer));
    }
}
