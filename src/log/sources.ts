import { EntryReader } from './entry.ts';
import type { Fold } from './fold.ts';
import { Lines } from './lines.ts';
import { hasYear, YearScan } from './local-time.ts';
import { Mentions } from './mentions.ts';
import { MOST_SCANNED, type Scanned } from './scanned.ts';
import { ScannedLines } from './scanned-lines.ts';

/** Bytes of a log, and what another thread has found in them. */
export interface Piece {
  bytes: Buffer;
  /** Of a piece of whole lines that follows the one before. */
  scanned: Scanned | null;
  /** What stands before it was passed over. */
  isApart?: boolean;
}

/** Whose lines matter, and nobody else's. */
export interface Nearby {
  user: string;
  /** Whether what does not name the user may be passed over now. */
  mayPassOver(): boolean;
  /** Memory in which mentions are found in less time. */
  room(size: number): Buffer;
}

/** A piece of a log, as it was rotated. */
export interface Part {
  /** Its bytes, from the beginning each time it is asked for them; a piece is good until the next is asked for. */
  chunks(): AsyncIterable<Buffer>;
  /** The same, scanned, where that is quicker. */
  pieces?(): AsyncIterable<Piece>;
  /** The same without much of what may be passed over, where that is quicker. */
  piecesNear?(nearby: Nearby): AsyncIterable<Piece>;
  /** Of bytes that can be asked for once only: puts them where they can be read again. */
  keep?(chunks: AsyncIterable<Buffer>): Promise<() => AsyncIterable<Buffer>>;
  /** Of its last line, for stamps without one. */
  year: number;
}

/** One log, its oldest part first. */
export type Source = readonly Part[];

/**
 * Reads logs that were written at the same time in the order of their stamps. Within one log lines stay as they are: they
 * came in that order, whatever a microsecond says.
 *
 * @param timezone IANA name, for stamps without one
 * @param user leaves out what is of others, where it can be told without reading it: most of it is skipped
 */
export async function readSources(
  sources: readonly Source[],
  timezone: string,
  fold: Fold,
  user: string | null = null,
): Promise<void> {
  const cursors = sources.map((source) => new Cursor(source, timezone, fold, user, sources.length));
  try {
    await readInOrder(cursors);
  } finally {
    for (const cursor of cursors) await cursor.close();
  }
}

async function readInOrder(cursors: readonly Cursor[]): Promise<void> {
  const waiting = new Set<Cursor>();
  for (const cursor of cursors) if (await cursor.load()) waiting.add(cursor);
  while (waiting.size > 1) {
    const next = earliest(waiting);
    next.read();
    if (!next.step() && !(await next.load())) waiting.delete(next);
  }
  for (const last of waiting) await last.readToEnd();
}

function earliest(cursors: Iterable<Cursor>): Cursor {
  let best: Cursor | null = null;
  for (const cursor of cursors) if (best === null || cursor.time < best.time) best = cursor;
  return best as Cursor;
}

/** Where the reading of one log is. */
class Cursor {
  entry: EntryReader;
  private readonly parts: Part[];
  private readonly timezone: string;
  private readonly fold: Fold;
  private readonly mentions: Mentions | null;
  private readonly nearby: Nearby | null;
  private readonly mayScan: boolean;
  private readonly lines = new Lines();
  /** Those of the piece, if it was scanned. */
  private scanned: ScannedLines | null = null;
  private passed: EntryReader | null = null;
  private isAlone = false;
  private pieces: AsyncIterator<Piece> | null = null;
  /** What a part is like is seen from its first bytes. */
  private isBeginning = false;

  /** @param count how many logs are read beside each other */
  constructor(source: Source, timezone: string, fold: Fold, user: string | null, count: number) {
    const mentions = user === null ? null : new Mentions(user);
    this.mentions = mentions;
    // What is passed over in one log might matter for a session that another one tells of.
    this.nearby = mentions !== null && count === 1 ? this.nearbyOf(mentions) : null;
    this.mayScan = count <= MOST_SCANNED;
    this.parts = [...source];
    this.timezone = timezone;
    this.fold = fold;
    this.entry = new EntryReader({ timezone, firstYear: 0 });
  }

  private nearbyOf(mentions: Mentions): Nearby {
    return {
      user: mentions.user,
      mayPassOver: () => !this.isBeginning && this.fold.isIdle && !this.lines.isNear(mentions),
      room: (size) => mentions.room(size),
    };
  }

  /** Of the entry, in microseconds since 1970. */
  get time(): number {
    if (this.scanned !== null) return this.scanned.time;
    return this.entry.second * 1_000_000 + this.entry.micros();
  }

  /** Goes to the next entry in what was loaded. @returns whether there is one */
  step(): boolean {
    const { scanned, lines, entry, fold, mentions } = this;
    if (scanned !== null) {
      if (this.isAlone) scanned.passOver();
      if (scanned.advance()) return true;
      this.scanned = null;
      return false;
    }
    for (;;) {
      if (mentions !== null && fold.isIdle) lines.skipTo(mentions);
      if (!lines.advance()) return false;
      entry.isTorn = lines.isTorn;
      if (!entry.parse(lines.bytes, lines.start, lines.end)) fold.lines.unknown++;
      else if (mentions === null || mentions.next(lines.bytes, lines.start) < lines.end || fold.concerns(entry))
        return true;
      else fold.pass(entry);
    }
  }

  /** Loads more, and goes to its first entry. @returns false at the end of the log */
  async load(): Promise<boolean> {
    for (;;) {
      const piece = await this.nextPiece();
      if (piece === null) return false;
      if (piece.isApart) this.lines.breakOff();
      this.push(piece);
      if (this.step()) return true;
    }
  }

  private push({ bytes, scanned }: Piece): void {
    if (scanned === null || !this.lines.isBetween) return this.lines.push(bytes);
    this.passed ??= new EntryReader({ timezone: this.timezone, firstYear: 0 });
    this.scanned = new ScannedLines(bytes, scanned, this.fold, this.entry, this.passed);
  }

  /** Tells the entry. */
  read(): void {
    if (this.scanned !== null) this.scanned.read();
    else this.fold.read(this.entry);
  }

  async close(): Promise<void> {
    await this.pieces?.return?.();
  }

  /** Of the others nothing is left. */
  async readToEnd(): Promise<void> {
    this.isAlone = true;
    do {
      do this.read();
      while (this.step());
    } while (await this.load());
  }

  private async nextPiece(): Promise<Piece | null> {
    for (;;) {
      const next = await this.pieces?.next();
      if (next && !next.done) return next.value;
      // The last line of a part may lack its newline.
      if (this.pieces !== null && this.lines.finish()) {
        this.pieces = NOTHING;
        return { bytes: Buffer.alloc(0), scanned: null };
      }
      const part = this.parts.shift();
      if (part === undefined) return null;
      this.isBeginning = true;
      await this.begin(part);
      this.isBeginning = false;
    }
  }

  private async begin(part: Part): Promise<void> {
    // Most lines are skipped where only one user matters: to scan them all would take longer.
    const scanned = this.mentions === null && this.mayScan ? part.pieces?.() : null;
    const quicker = scanned ?? (this.nearby && part.piecesNear?.(this.nearby));
    const pieces = (quicker ?? unscanned(part.chunks()))[Symbol.asyncIterator]();
    const first = await pieces.next();
    while (!first.done && hasYear(first.value.bytes) === null && first.value.bytes.length < ENOUGH) {
      const begun = Buffer.from(first.value.bytes);
      first.value = { bytes: begun, scanned: null };
      const more = await pieces.next();
      if (more.done) break;
      first.value.bytes = Buffer.concat([begun, more.value.bytes]);
    }
    if (first.done || hasYear(first.value.bytes) !== false) {
      this.entry = new EntryReader({ timezone: this.timezone, firstYear: 0 });
      this.pieces = first.done ? pieces : withFirst(first.value, pieces)[Symbol.asyncIterator]();
      return;
    }
    // The last line tells the year, so all of it has to be seen before the first is read.
    const again = part.keep ? await part.keep(bytesOf(withFirst(first.value, pieces))) : () => part.chunks();
    await pieces.return?.();
    const scan = new YearScan();
    for await (const chunk of again()) scan.read(chunk);
    this.entry = new EntryReader({ timezone: this.timezone, firstYear: part.year - scan.years });
    this.pieces = unscanned(again())[Symbol.asyncIterator]();
  }
}

/** A log that has not shown a stamp after so many bytes has none. */
const ENOUGH = 65_536;

const NOTHING: AsyncIterator<Piece> = { next: async () => ({ done: true, value: undefined }) };

async function* withFirst(first: Piece, rest: AsyncIterator<Piece>): AsyncGenerator<Piece> {
  try {
    yield first;
    yield* { [Symbol.asyncIterator]: () => rest };
  } finally {
    // Of a reader who has seen enough with the first, `rest` would not hear.
    await rest.return?.();
  }
}

async function* unscanned(chunks: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  for await (const bytes of chunks) yield { bytes, scanned: null };
}

async function* bytesOf(pieces: AsyncIterable<Piece>): AsyncGenerator<Buffer> {
  for await (const { bytes } of pieces) yield bytes;
}
