import { BYTES, END, HEAD_WIDTH, LENGTH, PIECE, placeOfSlot } from './scanner/layout.ts';
import type { ScannerParts } from './scanner-parts.ts';

/**
 * Finds the lines of a log, and what those tell that are of the usual kind, which are almost all: `Scanned` is what it
 * makes of a piece. It is WebAssembly, in memory that threads share.
 */
export class Scanner {
  readonly memory: SharedArrayBuffer;
  /** What the piece before has left: the beginning of a line, or lines that there was no room for. */
  private rest: Uint8Array = new Uint8Array(0);
  private readonly scan: (slot: number, length: number) => void;

  /** @param parts of a new scanner, or of one that is not used any more: it is followed on from its last piece */
  constructor({ module, memory }: ScannerParts) {
    this.memory = memory.buffer as SharedArrayBuffer;
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.scan = exports.scan as Scanner['scan'];
  }

  /**
   * Fills a slot with what follows the piece before, and scans it. A run of sftp-server is followed from piece to piece.
   *
   * @param read puts the bytes that come next there and says how many; 0 at the end
   * @returns how many bytes are in the slot: none at the end, or where it cannot be scanned any further
   */
  fill(slot: number, read: (into: Uint8Array) => number): number {
    const head = new Int32Array(this.memory, placeOfSlot(slot), HEAD_WIDTH);
    const bytes = new Uint8Array(this.memory, placeOfSlot(slot) + BYTES, PIECE);
    bytes.set(this.rest);
    let length = this.rest.length;
    for (let more = -1; more !== 0; ) {
      more = read(bytes.subarray(length));
      length += more;
      this.scan(slot, length);
      const end = head[END] as number;
      this.rest = bytes.subarray(end, end > 0 ? length : 0);
      if (end > 0) return this.close(head, end);
    }
    // What is left stands at the end without a newline; but a line that fills a piece goes on.
    return this.close(head, length < PIECE ? length : 0);
  }

  private close(head: Int32Array, length: number): number {
    head[LENGTH] = length;
    return length;
  }
}
