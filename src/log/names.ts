import { latin1 } from './latin1.ts';

/** Bytes of a line that are kept, as they were escaped: mostly a path, which is text only when somebody asks. */
export class RawName {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  /** It stands in JSON, and anywhere else, as it is. */
  readonly isPlain: boolean;

  constructor(bytes: Buffer, from: number, to: number, isPlain: boolean) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.isPlain = isPlain;
  }

  /** One character for each byte. */
  get text(): string {
    return latin1(this.bytes, this.from, this.to);
  }

  isAt(bytes: Buffer, from: number, to: number): boolean {
    const { bytes: own } = this;
    let at = this.to;
    if (at - this.from !== to - from) return false;
    // Backwards: names of one folder differ at their ends.
    for (let other = to; other > from; ) if (own[--at] !== bytes[--other]) return false;
    return true;
  }

  is(other: RawName): boolean {
    return this === other || this.isAt(other.bytes, other.from, other.to);
  }
}

const FIRST = 256;

/** So that whoever reads eight bytes at once does not read beyond the end. */
const SPARE = 8;

/** A quote, a backslash, and all that is no character of ASCII. */
const ODD = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c ? 1 : 0,
);

/**
 * A name in a whole line is shorter, so that where it begins and its length make one number: that of a row.
 */
export const MOST_BYTES = 1024;

export const placeOf = ({ from, to }: RawName): number => from * MOST_BYTES + (to - from);

/** The names of one session beside each other, where their places find them again. */
export class Names {
  bytes: Buffer = NOTHING;
  private used = 0;

  keep(bytes: Buffer, from: number, to: number): RawName {
    const { used } = this;
    const end = used + to - from;
    if (end + SPARE > this.bytes.length) this.grow(end + SPARE);
    const { bytes: own } = this;
    let odd = 0;
    for (let at = used, other = from; other < to; ) {
      const byte = bytes[other++] as number;
      own[at++] = byte;
      odd |= ODD[byte] as number;
    }
    this.used = end;
    return new RawName(own, used, end, odd === 0);
  }

  /** ASCII, of our own. */
  keepText(text: string): RawName {
    const { used } = this;
    const end = used + text.length;
    if (end + SPARE > this.bytes.length) this.grow(end + SPARE);
    this.bytes.write(text, used, 'latin1');
    this.used = end;
    return new RawName(this.bytes, used, end, false);
  }

  private grow(least: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST, least, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.used);
    this.bytes = grown;
  }
}

const NOTHING = Buffer.alloc(0);
