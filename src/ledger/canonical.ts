import type { Hash, Hmac } from 'node:crypto';

/** What a field can be; a truth is 0 or 1. */
export type Field = number | string | Uint8Array | null;

/** Grows with what the bytes of a row are: a chain that was made by another version is read by its own rule. */
export const CANONICAL_VERSION = 1;

const [NULL, INTEGER, TEXT, BYTES] = [0, 1, 2, 3];
const [FIRST_ROOM, MOST_ROOM] = [1024, 65_536];
const HALF = 2 ** 32;

/**
 * The one spelling of rows as bytes: a version, then records, each a letter and its fields in a fixed order. A field is
 * its kind and its value: nothing, an integer of eight bytes (big-endian, two's complement), or the length of its bytes in
 * four bytes and these, UTF-8 where it is a text. So no two rows are spelled alike, whatever stands in their fields.
 */
export class Canonical {
  private readonly hash: Pick<Hash | Hmac, 'update'>;
  private buffer = Buffer.allocUnsafe(FIRST_ROOM);
  private length = 0;

  constructor(hash: Pick<Hash | Hmac, 'update'>) {
    this.hash = hash;
    this.buffer[this.length++] = CANONICAL_VERSION;
  }

  record(letter: string): void {
    this.reserve(1);
    this.buffer[this.length++] = letter.charCodeAt(0);
  }

  integer(value: number | null): void {
    if (value === null) return this.nothing();
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer`);
    this.reserve(9);
    const { buffer, length: at } = this;
    const high = Math.floor(value / HALF);
    const low = value - high * HALF;
    buffer[at] = INTEGER;
    // By hand, as it is called a dozen times for each of millions of rows.
    buffer[at + 1] = high >> 24;
    buffer[at + 2] = high >> 16;
    buffer[at + 3] = high >> 8;
    buffer[at + 4] = high;
    buffer[at + 5] = low >>> 24;
    buffer[at + 6] = low >>> 16;
    buffer[at + 7] = low >>> 8;
    buffer[at + 8] = low;
    this.length += 9;
  }

  text(value: string | null): void {
    if (value === null) return this.nothing();
    this.reserve(5 + 3 * value.length);
    const { buffer } = this;
    buffer[this.length] = TEXT;
    const bytes = writeText(buffer, value, this.length + 5);
    buffer.writeUInt32BE(bytes, this.length + 1);
    this.length += 5 + bytes;
  }

  bytes(value: Uint8Array | null): void {
    if (value === null) return this.nothing();
    this.reserve(5 + value.length);
    const { buffer } = this;
    buffer[this.length] = BYTES;
    buffer.writeUInt32BE(value.length, this.length + 1);
    buffer.set(value, this.length + 5);
    this.length += 5 + value.length;
  }

  end(): void {
    this.hash.update(this.buffer.subarray(0, this.length));
    this.length = 0;
  }

  private nothing(): void {
    this.reserve(1);
    this.buffer[this.length++] = NULL;
  }

  /** A session of a few lines takes little room, one of a million no more than MOST_ROOM. */
  private reserve(room: number): void {
    if (this.length + room <= this.buffer.length) return;
    if (this.length + room > MOST_ROOM) this.end();
    if (this.length + room <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.length + room, Math.min(4 * this.buffer.length, MOST_ROOM)));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

/** Most texts are short and of ASCII, which takes half the time so. @returns how many bytes it took */
function writeText(buffer: Buffer, text: string, at: number): number {
  if (text.length > 48) return buffer.write(text, at, 'utf8');
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return buffer.write(text, at, 'utf8');
    buffer[at + index] = code;
  }
  return text.length;
}
