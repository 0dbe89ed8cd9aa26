/** What stands in JSON as it is. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c ? 1 : 0,
);

/** Text that grows as bytes: many short pieces, of which to make one string would take longer than all that is in it. */
export class ByteText {
  private bytes: Buffer = Buffer.allocUnsafeSlow(1 << 16);
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

  piece(piece: Uint8Array): void {
    this.ascii(piece, 0, piece.length);
  }

  ascii(source: Uint8Array, from: number, to: number): void {
    this.reserve(to - from);
    const { bytes } = this;
    let { used } = this;
    for (let at = from; at < to; ) bytes[used++] = source[at++] as number;
    this.used = used;
  }

  /** A part of these bytes, if all of it stands in JSON as it is. @returns whether it does */
  plain(source: Uint8Array, from: number, to: number): boolean {
    this.reserve(to - from);
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
    if (value > 999_999_999) return this.text(String(value));
    this.reserve(10);
    let digits = 1;
    for (let limit = 10; value >= limit; limit *= 10) digits++;
    this.digits(value, digits);
  }

  /** The last digits of a whole number below 10^9, zeros in front. */
  digits(value: number, digits: number): void {
    this.reserve(digits);
    const { bytes, used } = this;
    let rest = value;
    for (let at = used + digits - 1; at >= used; at--) {
      const tenth = (rest / 10) | 0;
      bytes[at] = 0x30 + rest - tenth * 10;
      rest = tenth;
    }
    this.used = used + digits;
  }

  private reserve(more: number): void {
    if (this.used + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.used + more));
    this.bytes.copy(larger, 0, 0, this.used);
    this.bytes = larger;
  }
}
