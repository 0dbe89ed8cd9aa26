import { latin1 } from './latin1.ts';
import { MOST_BYTES } from './row-shape.ts';
import { Spares } from './spares.ts';
import { viewOf } from './stencil.ts';

/** Bytes of a line that are kept, as they were escaped: mostly a path, which is text only when somebody asks. */
export class RawName {
  readonly from: number;
  readonly to: number;
  /** It stands in JSON, and anywhere else, as it is. */
  readonly isPlain: boolean;
  private readonly names: Names;

  constructor(names: Names, from: number, to: number, isPlain: boolean) {
    this.names = names;
    this.from = from;
    this.to = to;
    this.isPlain = isPlain;
  }

  /** One character for each byte. */
  get text(): string {
    return latin1(this.names.bytes, this.from, this.to);
  }

  isAt(view: DataView, from: number, to: number): boolean {
    const length = to - from;
    if (this.to - this.from !== length) return false;
    const { view: own } = this.names;
    // Backwards: names of one folder differ at their ends.
    let [at, other] = [this.to, to];
    for (const last = from + 4; other >= last; ) {
      at -= 4;
      other -= 4;
      if (own.getInt32(at) !== view.getInt32(other)) return false;
    }
    while (other > from) if (own.getUint8(--at) !== view.getUint8(--other)) return false;
    return true;
  }

  is(other: RawName): boolean {
    return this === other || this.isAt(other.names.view, other.from, other.to);
  }
}

const FIRST = 128;

/** So that whoever reads four bytes at once does not read beyond the end. */
const SPARE = 4;

/** Where it begins and its length in one number: that of a row. */
export const placeOf = ({ from, to }: RawName): number => from * MOST_BYTES + (to - from);

/** The names of one session beside each other, where their places find them again. */
export class Names {
  bytes: Buffer = NOTHING;
  view: DataView = NO_VIEW;
  private memory: Memory | null = null;
  private end = 0;

  get length(): number {
    return this.end;
  }

  /** The bytes that there are. */
  get used(): Buffer {
    return this.bytes.subarray(0, this.end);
  }

  keep(view: DataView, from: number, to: number): RawName {
    const start = this.reserve(to - from);
    const { view: own } = this;
    let at = start;
    let other = from;
    let odd = 0;
    for (const last = to - 4; other <= last; other += 4) {
      const four = view.getInt32(other);
      own.setInt32(at, four);
      odd |= oddOf(four);
      at += 4;
    }
    for (; other < to; other++) {
      const one = view.getUint8(other);
      own.setUint8(at++, one);
      odd |= oddOf(one | FILLED);
    }
    return new RawName(this, start, at, (odd & HIGH_BITS) === 0);
  }

  /** ASCII, of our own. */
  keepText(text: string): RawName {
    const start = this.reserve(text.length);
    this.bytes.write(text, start, 'latin1');
    return new RawName(this, start, this.end, false);
  }

  /** Of memory that threads share, V8 copies words only if they begin at the same bytes of eight. @returns where they begin */
  append(bytes: Uint8Array): number {
    this.end = (this.end + 7) & ~7;
    const start = this.reserve(bytes.length);
    this.bytes.set(bytes, start);
    return start;
  }

  /** @returns where so many bytes can be put */
  private reserve(length: number): number {
    const start = this.end;
    this.end += length;
    if (this.end + SPARE > this.bytes.length) this.grow(this.end + SPARE);
    return start;
  }

  private grow(least: number): void {
    const { bytes } = this;
    let size = Math.max(FIRST, bytes.length);
    while (size < least) size *= 4;
    const grown = spares.take(size);
    bytes.copy(grown.bytes);
    this.release();
    this.memory = grown;
    this.bytes = grown.bytes;
    this.view = grown.view;
  }

  /** Nobody will read them any more. */
  release(): void {
    if (this.memory !== null) spares.give(this.memory);
    this.memory = null;
    this.bytes = NOTHING;
    this.view = NO_VIEW;
  }
}

const NOTHING = Buffer.alloc(0);
const NO_VIEW = viewOf(NOTHING);

/** Bytes, and the view that shows them. */
class Memory {
  readonly bytes: Buffer;
  readonly view: DataView;

  constructor(length: number) {
    this.bytes = Buffer.allocUnsafeSlow(length);
    this.view = viewOf(this.bytes);
  }

  get length(): number {
    return this.bytes.length;
  }
}

const spares = new Spares(1 << 18, (length) => new Memory(length));

const HIGH_BITS = 0x80808080 | 0;
/** Three bytes that are not odd. */
const FILLED = 0x61616100;

/** Of four bytes a high bit is set if one is a quote, a backslash, or no character of ASCII that is seen. */
const oddOf = (four: number): number => {
  const quotes = four ^ 0x22222222;
  const backslashes = four ^ 0x5c5c5c5c;
  return (
    four |
    (four + 0x01010101) |
    ((four - 0x20202020) & ~four) |
    ((quotes - 0x01010101) & ~quotes) |
    ((backslashes - 0x01010101) & ~backslashes)
  );
};
