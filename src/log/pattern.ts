import { latin1 } from './latin1.ts';

/** The kinds of fields in a pattern: which bytes they consist of. */
const FIELDS = {
  /** Bytes of any kind, also none: the one field whose end only what follows it can tell. */
  any: () => true,
  count: (byte: number) => byte >= 0x30 && byte <= 0x39,
  octal: (byte: number) => byte >= 0x30 && byte <= 0x37,
  flags: (byte: number) => (byte >= 0x41 && byte <= 0x5a) || byte === 0x2c,
  time: (byte: number) => (byte >= 0x30 && byte <= 0x3a) || byte === 0x2d,
  word: (byte: number) => byte > 0x20,
} as const;

type FieldKind = keyof typeof FIELDS;

/** Bit sets of bytes, made once: a field is one table look-up for each byte. */
const TABLES = Object.fromEntries(
  Object.entries(FIELDS).map(([kind, holds]) => [
    kind,
    Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0)),
  ]),
) as Record<FieldKind, Uint8Array>;

type Piece = { literal: Uint8Array } | { field: number; table: Uint8Array; least: number };

/**
 * The whole of a message, for instance `close "{any}" bytes read {count} written {count}`. Whatever stands before the
 * one `{any}` is read from the front and whatever follows it from the back, so that no name, with whatever quotes and
 * words, moves the end of the message's own fields (FACTS: the trailer is fixed and at the end).
 */
export class Pattern {
  /** Where each field begins and ends after a match, in the order in which they stand. */
  readonly starts: number[];
  readonly ends: number[];
  private readonly front: readonly Piece[];
  private readonly back: readonly Piece[];
  /** Which field is `{any}`, -1 where there is none. */
  private readonly free: number;
  /** The first bytes, in which most messages already differ. */
  readonly lead: Uint8Array;

  constructor(text: string) {
    const pieces: Piece[] = [];
    let fields = 0;
    let free = -1;
    let middle = -1;
    for (const word of text.split(/(\{\w+\})/).filter(Boolean)) {
      const kind = /^\{(\w+)\}$/.exec(word)?.[1] as FieldKind | undefined;
      if (kind === 'any') [free, middle] = [fields++, pieces.length];
      else if (kind) pieces.push({ field: fields++, table: TABLES[kind], least: kind === 'flags' ? 0 : 1 });
      else pieces.push({ literal: Buffer.from(word, 'latin1') });
    }
    this.free = free;
    this.front = middle < 0 ? pieces : pieces.slice(0, middle);
    this.back = middle < 0 ? [] : pieces.slice(middle).reverse();
    this.starts = new Array<number>(fields).fill(0);
    this.ends = new Array<number>(fields).fill(0);
    const [head] = pieces;
    this.lead = head && 'literal' in head ? head.literal : new Uint8Array();
  }

  match(bytes: Uint8Array, from: number, to: number): boolean {
    let at = from;
    for (const piece of this.front) {
      at = 'literal' in piece ? after(piece.literal, bytes, at, to) : this.forward(piece, bytes, at, to);
      if (at < 0) return false;
    }
    if (this.free < 0) return at === to;
    let end = to;
    for (const piece of this.back) {
      end = 'literal' in piece ? before(piece.literal, bytes, at, end) : this.backward(piece, bytes, at, end);
      if (end < 0) return false;
    }
    this.starts[this.free] = at;
    this.ends[this.free] = end;
    return true;
  }

  /** The fields of a match as text, one character for each byte. */
  texts(bytes: Buffer): string[] {
    return this.starts.map((start, field) => latin1(bytes, start, this.ends[field] as number));
  }

  private forward(
    { field, table, least }: Exclude<Piece, { literal: Uint8Array }>,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): number {
    let at = from;
    while (at < to && table[bytes[at] as number] === 1) at++;
    if (at - from < least) return -1;
    this.starts[field] = from;
    this.ends[field] = at;
    return at;
  }

  private backward(
    { field, table, least }: Exclude<Piece, { literal: Uint8Array }>,
    bytes: Uint8Array,
    from: number,
    to: number,
  ): number {
    let at = to;
    while (at > from && table[bytes[at - 1] as number] === 1) at--;
    if (to - at < least) return -1;
    this.starts[field] = at;
    this.ends[field] = to;
    return at;
  }
}

function after(literal: Uint8Array, bytes: Uint8Array, at: number, to: number): number {
  const { length } = literal;
  if (at + length > to) return -1;
  for (let index = 0; index < length; index++) if (literal[index] !== bytes[at + index]) return -1;
  return at + length;
}

function before(literal: Uint8Array, bytes: Uint8Array, from: number, end: number): number {
  const at = end - literal.length;
  return at < from || after(literal, bytes, at, end) < 0 ? -1 : at;
}

/** A number in decimal digits of a line. */
export function decimal(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at] as number) - 0x30;
  return value;
}

/** Finds the pattern of a message by its first byte, then by trying. */
export class PatternTable<Row extends { readonly pattern: Pattern }> {
  private readonly byFirst: Row[][] = Array.from({ length: 256 }, () => []);

  /** @param rows of those that begin alike, the most frequent first */
  constructor(rows: readonly Row[]) {
    for (const row of rows) this.byFirst[row.pattern.lead[0] as number]?.push(row);
  }

  find(bytes: Uint8Array, from: number, to: number): Row | undefined {
    if (from >= to) return undefined;
    for (const row of this.byFirst[bytes[from] as number] as Row[]) if (row.pattern.match(bytes, from, to)) return row;
    return undefined;
  }

  /** The row whose first words these are, however the message goes on: what is left to tell of one that was cut. */
  findByLead(bytes: Uint8Array, from: number, to: number): Row | undefined {
    for (const row of this.byFirst[bytes[from] as number] as Row[])
      if (after(row.pattern.lead, bytes, from, to) > 0) return row;
    return undefined;
  }
}
