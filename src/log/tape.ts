const CHUNK = 1 << 20;

/**
 * Records in little memory: what a record says is kept as JSON outside of the heap, and 16 bytes beside it (measured:
 * 205 bytes for an operation with paths of 40). They are written in any order and read in order of time.
 */
export class Tape<Written> {
  #times: Float64Array = new Float64Array(1024);
  #offsets: Float64Array = new Float64Array(1024);
  #chunks: Buffer[] = [];
  #used = 0;
  #size = 0;

  /** @param time of any unit. @returns the number of the record for `read` */
  add(time: number, record: Written): number {
    if (this.#size === this.#times.length) {
      this.#times = grown(this.#times);
      this.#offsets = grown(this.#offsets);
    }
    this.#times[this.#size] = time;
    this.#offsets[this.#size] = this.#write(JSON.stringify(record));
    this.#size += 1;
    return this.#size - 1;
  }

  /** Records by time; those of the same time as they were written. */
  order(records: ArrayLike<number> = { length: this.#size }): Uint32Array {
    const times = this.#times;
    const order = Uint32Array.from(records, (record, index) => record ?? index);
    return order.sort((one, other) => (times[one] ?? 0) - (times[other] ?? 0) || one - other);
  }

  read(index: number): Written {
    const offset = this.#offsets[index] ?? 0;
    const chunk = this.#chunks[Math.floor(offset / CHUNK)] as Buffer;
    const start = offset % CHUNK;
    const length = chunk.readUInt32LE(start);
    return JSON.parse(chunk.toString('utf8', start + 4, start + 4 + length)) as Written;
  }

  /** A record longer than a chunk gets a chunk of its own size; its offset still names the chunk. */
  #write(text: string): number {
    const length = Buffer.byteLength(text);
    if (this.#chunks.length === 0 || this.#used + 4 + length > CHUNK) {
      this.#chunks.push(Buffer.allocUnsafeSlow(Math.max(CHUNK, 4 + length)));
      this.#used = 0;
    }
    const chunk = this.#chunks.at(-1) as Buffer;
    const start = this.#used;
    chunk.writeUInt32LE(length, start);
    chunk.write(text, start + 4);
    this.#used = Math.min(CHUNK, start + 4 + length);
    return (this.#chunks.length - 1) * CHUNK + start;
  }
}

function grown(numbers: Float64Array): Float64Array {
  const more = new Float64Array(numbers.length * 2);
  more.set(numbers);
  return more;
}
