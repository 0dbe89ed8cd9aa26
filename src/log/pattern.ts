import { latin1 } from './latin1.ts';
import { Stencil } from './stencil.ts';

/** The kinds of fields in a pattern: which bytes they consist of. */
export const FIELDS = {
  /** Bytes of any kind, also none: the one field whose end only what follows it can tell. */
  any: () => true,
  count: (byte: number) => byte >= 0x30 && byte <= 0x39,
  octal: (byte: number) => byte >= 0x30 && byte <= 0x37,
  flags: (byte: number) => (byte >= 0x41 && byte <= 0x5a) || byte === 0x2c,
  time: (byte: number) => (byte >= 0x30 && byte <= 0x3a) || byte === 0x2d,
  word: (byte: number) => byte > 0x20,
} as const;

export type FieldKind = keyof typeof FIELDS;

/** One entry for each byte: a field is one look-up a byte. */
const TABLES = Object.fromEntries(
  Object.entries(FIELDS).map(([kind, holds]) => [
    kind,
    Uint8Array.from({ length: 256 }, (_, byte) => (holds(byte) ? 1 : 0)),
  ]),
) as Record<FieldKind, Uint8Array>;

/** A literal, then a field behind or before it; the last literal of a pattern has none. */
export interface Piece {
  readonly literal: Stencil;
  /** The place of the field among the pattern's, -1 for none. */
  readonly field: number;
  readonly kind: FieldKind;
  readonly table: Uint8Array;
  /** How many bytes the field has at least. */
  readonly least: number;
}

/**
 * The whole of a message, for instance `close "{any}" bytes read {count} written {count}`: it begins with a literal.
 * What stands before the one `{any}` is read from the front and what follows it from the back, so that no name, with
 * whatever quotes and words, moves the end of the message's own fields, which stand at the end.
 */
export class Pattern {
  /** Where each field begins and ends after a match, in the order in which they stand. */
  readonly starts: number[];
  readonly ends: number[];
  /** The first bytes, in which messages differ already. */
  readonly lead: Stencil;
  /** Of most messages, which have no other field than `{any}` or none at all: what follows it. */
  private readonly trail: Stencil | null;
  readonly front: readonly Piece[];
  readonly back: readonly Piece[];
  /** The place of `{any}` among the fields, -1 where there is none. */
  readonly free: number;

  constructor(text: string) {
    const words = text.split(/\{(\w+)\}/);
    const kinds = words.filter((_, index) => index % 2 === 1) as FieldKind[];
    const literals = words
      .filter((_, index) => index % 2 === 0)
      .map((word) => new Stencil(Buffer.from(word, 'latin1')));
    const piece = (literal: Stencil | undefined, field: number): Piece => ({
      literal: literal ?? new Stencil(Buffer.alloc(0)),
      field,
      kind: kinds[field] ?? 'any',
      table: TABLES[kinds[field] ?? 'any'],
      least: kinds[field] === 'flags' ? 0 : 1,
    });
    this.free = kinds.indexOf('any');
    this.lead = literals[0] as Stencil;
    const before = this.free < 0 ? literals.length : this.free + 1;
    this.front = literals.slice(0, before).map((literal, index) => {
      const field = index === this.free || index >= kinds.length ? -1 : index;
      return piece(literal, field);
    });
    this.back = literals
      .slice(before)
      .map((literal, index) => piece(literal, before + index < kinds.length ? before + index : -1))
      .reverse();
    const isSimple = kinds.length === 0 || (kinds.length === 1 && this.free === 0);
    this.trail = isSimple ? (literals.at(-1) as Stencil) : null;
    this.starts = new Array<number>(kinds.length).fill(0);
    this.ends = new Array<number>(kinds.length).fill(0);
  }

  match(bytes: Buffer, view: DataView, from: number, to: number): boolean {
    const { lead, trail } = this;
    if (!lead.isAt(view, from, to)) return false;
    if (trail === null) return this.matchFields(bytes, view, from, to);
    if (this.free < 0) return from + lead.length === to;
    const start = from + lead.length;
    const end = to - trail.length;
    if (end < start || !trail.isAt(view, end, to)) return false;
    this.starts[0] = start;
    this.ends[0] = end;
    return true;
  }

  private matchFields(bytes: Buffer, view: DataView, from: number, to: number): boolean {
    const { front, back, free } = this;
    let at = from;
    for (let index = 0; index < front.length; index++) {
      const { literal, field, table, least } = front[index] as Piece;
      if (!literal.isAt(view, at, to)) return false;
      at += literal.length;
      if (field < 0) continue;
      const start = at;
      while (at < to && table[bytes[at] as number] === 1) at++;
      if (at - start < least) return false;
      this.starts[field] = start;
      this.ends[field] = at;
    }
    if (free < 0) return at === to;
    let end = to;
    for (let index = 0; index < back.length; index++) {
      const { literal, field, table, least } = back[index] as Piece;
      if (field >= 0) {
        const stop = end;
        while (end > at && table[bytes[end - 1] as number] === 1) end--;
        if (stop - end < least) return false;
        this.starts[field] = end;
        this.ends[field] = stop;
      }
      if (end - literal.length < at || !literal.isAt(view, end - literal.length, end)) return false;
      end -= literal.length;
    }
    this.starts[free] = at;
    this.ends[free] = end;
    return true;
  }

  /** A field of the match as text, one character for each byte. */
  text(bytes: Buffer, field: number): string {
    return latin1(bytes, this.starts[field] as number, this.ends[field] as number);
  }

  /** A field of the match as a decimal number. */
  number(bytes: Buffer, field: number): number {
    let value = 0;
    const end = this.ends[field] as number;
    for (let at = this.starts[field] as number; at < end; at++) value = value * 10 + (bytes[at] as number) - 0x30;
    return value;
  }
}

/** More than there are beginnings by far, so that few share a place. */
const PLACES = 256;

/** Any odd number that spreads them. */
const SPREAD = 0x9e3779b1;

/** @param start the first four bytes, as a number */
export const placeOf = (start: number): number => Math.imul(start, SPREAD) >>> 24;

/** Finds the pattern of a message by its first four bytes, then by trying. */
export class PatternTable<Row extends { readonly pattern: Pattern }> {
  private readonly places: readonly (readonly Row[])[];

  /** @param rows of those that begin alike, the most frequent first */
  constructor(rows: readonly Row[]) {
    const places = Array.from({ length: PLACES }, (): Row[] => []);
    for (const row of rows) places[placeOf(row.pattern.lead.bytes.readInt32LE(0))]?.push(row);
    this.places = places;
  }

  find(bytes: Buffer, view: DataView, from: number, to: number): Row | undefined {
    if (to - from < 4) return undefined;
    const rows = this.places[placeOf(view.getInt32(from, true))] as readonly Row[];
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index] as Row;
      if (row.pattern.match(bytes, view, from, to)) return row;
    }
    return undefined;
  }

  /** The row whose first words these are, however the message goes on: what is left to tell of one that was cut. */
  findByLead(view: DataView, from: number, to: number): Row | undefined {
    const rows = to - from < 4 ? [] : (this.places[placeOf(view.getInt32(from, true))] as readonly Row[]);
    return rows.find(({ pattern }) => pattern.lead.isAt(view, from, to));
  }
}
