import { EntryReader } from './entry.ts';
import type { Fold } from './fold.ts';
import { Lines } from './lines.ts';
import { hasYear, YearScan } from './local-time.ts';
import { Mentions } from './mentions.ts';

/** A piece of a log, as it was rotated. */
export interface Part {
  /** Its bytes, from the beginning each time it is asked for them; a piece is good until the next is asked for. */
  chunks(): AsyncIterable<Buffer>;
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
  const cursors = sources.map((source) => new Cursor(source, timezone, fold, user));
  const waiting = new Set<Cursor>();
  for (const cursor of cursors) if (await cursor.load()) waiting.add(cursor);
  const [only] = waiting;
  while (waiting.size > 1) {
    const next = earliest(waiting);
    fold.read(next.entry);
    if (!next.step() && !(await next.load())) waiting.delete(next);
  }
  const [last = only] = waiting;
  if (last && waiting.size === 1) await last.readToEnd();
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
  private readonly lines = new Lines();
  private chunks: AsyncIterator<Buffer> | null = null;

  constructor(source: Source, timezone: string, fold: Fold, user: string | null) {
    this.mentions = user === null ? null : new Mentions(user);
    this.parts = [...source];
    this.timezone = timezone;
    this.fold = fold;
    this.entry = new EntryReader({ timezone, firstYear: 0 });
  }

  /** Of the entry, in microseconds since 1970. */
  get time(): number {
    return this.entry.second * 1_000_000 + this.entry.micros();
  }

  /** Goes to the next entry in what was loaded. @returns whether there is one */
  step(): boolean {
    const { lines, entry, fold, mentions } = this;
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
      const chunk = await this.nextChunk();
      if (chunk === null) return false;
      this.lines.push(chunk);
      if (this.step()) return true;
    }
  }

  async readToEnd(): Promise<void> {
    do {
      do this.fold.read(this.entry);
      while (this.step());
    } while (await this.load());
  }

  private async nextChunk(): Promise<Buffer | null> {
    for (;;) {
      const next = await this.chunks?.next();
      if (next && !next.done) return next.value;
      // The last line of a part may lack its newline.
      if (this.chunks !== null && this.lines.finish()) {
        this.chunks = NOTHING;
        return Buffer.alloc(0);
      }
      const part = this.parts.shift();
      if (part === undefined) return null;
      await this.begin(part);
    }
  }

  private async begin(part: Part): Promise<void> {
    const chunks = part.chunks()[Symbol.asyncIterator]();
    const first = await chunks.next();
    while (!first.done && hasYear(first.value) === null && first.value.length < ENOUGH) {
      first.value = Buffer.from(first.value);
      const more = await chunks.next();
      if (more.done) break;
      first.value = Buffer.concat([first.value, more.value]);
    }
    if (first.done || hasYear(first.value) !== false) {
      this.entry = new EntryReader({ timezone: this.timezone, firstYear: 0 });
      this.chunks = first.done ? chunks : withFirst(first.value, chunks)[Symbol.asyncIterator]();
      return;
    }
    // The last line tells the year, so all of it has to be seen before the first is read.
    const again = part.keep ? await part.keep(withFirst(first.value, chunks)) : () => part.chunks();
    const scan = new YearScan();
    for await (const chunk of again()) scan.read(chunk);
    this.entry = new EntryReader({ timezone: this.timezone, firstYear: part.year - scan.years });
    this.chunks = again()[Symbol.asyncIterator]();
  }
}

/** A log that has not shown a stamp after so many bytes has none. */
const ENOUGH = 65_536;

const NOTHING: AsyncIterator<Buffer> = { next: async () => ({ done: true, value: undefined }) };

async function* withFirst(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}
