/** Bytes that are compared four at a time, which is what makes a log of millions of lines quick to tell apart. */
export class Stencil {
  readonly bytes: Buffer;
  readonly length: number;
  private readonly words: Int32Array;
  /** The last four bytes where their number is no multiple of four: some of them are in a word before. */
  private readonly last: number | null;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.length = bytes.length;
    const view = viewOf(bytes);
    const { length } = bytes;
    const whole = length >> 2;
    this.words = new Int32Array(whole);
    for (let word = 0; word < whole; word++) this.words[word] = view.getInt32(word * 4, true);
    this.last = whole > 0 && length % 4 !== 0 ? view.getInt32(length - 4, true) : null;
  }

  /** Whether these bytes stand at `at`, all before `to`. */
  isAt(view: DataView, at: number, to: number): boolean {
    const { words, length, bytes, last } = this;
    if (at + length > to) return false;
    const { length: whole } = words;
    for (let word = 0; word < whole; word++) if (view.getInt32(at + word * 4, true) !== words[word]) return false;
    if (last !== null) return view.getInt32(at + length - 4, true) === last;
    for (let byte = whole * 4; byte < length; byte++) if (view.getUint8(at + byte) !== bytes[byte]) return false;
    return true;
  }
}

export const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
