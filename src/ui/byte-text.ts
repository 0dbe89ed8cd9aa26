/** What stands in JSON as it is. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
);

/** Up to eight bytes are copied at once, so that up to seven more than are wanted are written, and overwritten by what follows. */
const AT_ONCE = 8;

/** ASCII that is written often. */
export class Piece {
  readonly length: number;
  readonly words: Float64Array;
  private readonly bytes: Buffer;

  constructor(text: string) {
    this.length = text.length;
    this.words = new Float64Array(Math.ceil(text.length / AT_ONCE));
    this.bytes = Buffer.from(this.words.buffer);
    this.replace(text);
  }

  /** @param text as long as the one before */
  replace(text: string): void {
    this.bytes.write(text, 'latin1');
  }
}

/** Of each number below 1000 its three digits, as one number of four bytes. */
const THOUSANDS = Int32Array.from({ length: 1000 }, (_, value) =>
  Buffer.from(`${String(value).padStart(3, '0')}\0`).readInt32LE(),
);

/** Text that grows as bytes: many short pieces, of which to make one string would take longer than all that is in it. */
export class ByteText {
  private bytes: Buffer = Buffer.alloc(0);
  private view: DataView = new DataView(this.bytes.buffer);
  private used = 0;

  get length(): number {
    return this.used;
  }

  /** What was added since the last time; good until something is added. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.used);
    this.used = 0;
    return taken;
  }

  /** Takes back what was added since the text was as long as this. */
  back(length: number): void {
    this.used = length;
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.used += this.bytes.write(text, this.used);
  }

  /** ASCII, without looking for room. */
  private ample(text: string): void {
    this.used += this.bytes.write(text, this.used, 'latin1');
  }

  piece({ words, length }: Piece): void {
    const { view, used } = this;
    for (let word = 0; word < words.length; word++) view.setFloat64(used + word * AT_ONCE, words[word] as number, true);
    this.used = used + length;
  }

  /**
   * ASCII with at least three more bytes behind it; of any value, so that eight at once could be no number, and come out
   * as another.
   *
   * @returns true, as `plain`
   */
  ascii(source: DataView, from: number, to: number): true {
    const { view, used } = this;
    for (let at = from; at < to; at += 4) view.setInt32(used + at - from, source.getInt32(at, true), true);
    this.used = used + to - from;
    return true;
  }

  /** A part of these bytes, if all of it stands in JSON as it is. @returns whether it does */
  plain(source: Uint8Array, from: number, to: number): boolean {
    const { bytes } = this;
    let { used } = this;
    for (let at = from; at < to; at++) {
      const byte = source[at] as number;
      if (PLAIN[byte] === 0) return false;
      bytes[used++] = byte;
    }
    this.used = used;
    return true;
  }

  /** A whole number that is not negative. */
  count(value: number): void {
    if (value > 999_999_999) return this.ample(String(value));
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits++;
    const { bytes, used } = this;
    let rest = value;
    for (let at = used + digits - 1; at >= used; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    this.used = used + digits;
  }

  /** A number below a million, zeros in front. */
  sixDigits(value: number): void {
    const { view, used } = this;
    const thousands = (value / 1000) | 0;
    view.setInt32(used, THOUSANDS[thousands] as number, true);
    view.setInt32(used + 3, THOUSANDS[value - thousands * 1000] as number, true);
    this.used = used + 6;
  }

  /** Makes room for so many bytes: has to be called before any method but `text`. */
  reserve(more: number): void {
    const least = this.used + more + AT_ONCE;
    if (least > this.bytes.length) this.grow(least);
  }

  private grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(SMALLEST, this.bytes.length * 2, least));
    this.bytes.copy(larger, 0, 0, this.used);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

const SMALLEST = 1 << 16;
