import { NAMES, OUT, PORTION } from '../log/row-json/room.ts';
import { MOST_OF_A_ROW } from '../log/row-json/words.ts';
import program from '../log/row-json/write.ts?compiled';
import { writeWords } from '../log/row-words.ts';

const PAGE = 65_536;
/** Four gigabytes: it grows as it has to. */
const MOST_PAGES = 65_536;

/** Rows as a session keeps them. */
interface Rows {
  readonly length: number;
  readonly numbers: Float64Array;
}

type WriteRows = (rows: number, place: number, count: number, from: number) => number;

/** Text that grows as bytes, with rows as JSON in it: these are written by WebAssembly, because a log has millions of them. */
export class RowWriter {
  private readonly memory = new WebAssembly.Memory({
    initial: Math.ceil(NAMES / PAGE) + 1,
    maximum: MOST_PAGES,
  });
  private bytes: Buffer = Buffer.from(this.memory.buffer);
  private used = 0;
  /** Where rows begin, behind their names; 0 where there is no room for these. */
  private rowsFrom = 0;
  private readonly program: { writeTransfers: WriteRows; writeChanges: WriteRows; end(): number };
  private readonly write: (bytes: Uint8Array) => void;

  /**
   * @param write what it is given is good until it returns
   * @throws RangeError where the system has no address space for WebAssembly
   */
  constructor(write: (bytes: Uint8Array) => void) {
    const module = new WebAssembly.Module(Buffer.from(program, 'base64'));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    this.program = exports as unknown as RowWriter['program'];
    this.write = write;
    writeWords(this.memory.buffer);
  }

  text(text: string): void {
    const length = Buffer.byteLength(text);
    if (length > MOST_OF_A_ROW) {
      this.flush();
      this.write(Buffer.from(text));
    } else {
      this.used += this.bytes.write(text, OUT + this.used);
      if (this.used > PORTION) this.flush();
    }
  }

  /** What the names of the rows that come next are in. */
  names(bytes: Uint8Array): void {
    const hasRoom = this.reserve(NAMES + bytes.length);
    if (hasRoom) this.bytes.set(bytes, NAMES);
    this.rowsFrom = hasRoom ? NAMES + Math.ceil(bytes.length / 8) * 8 : 0;
  }

  /** @param odd JSON of one that has more to say than its row */
  transfers(rows: Rows, odd: (place: number) => string): void {
    this.rows(rows, odd, this.program.writeTransfers);
  }

  changes(rows: Rows, odd: (place: number) => string): void {
    this.rows(rows, odd, this.program.writeChanges);
  }

  /** Writes what was gathered. */
  flush(): void {
    if (this.used > 0) this.write(this.bytes.subarray(OUT, OUT + this.used));
    this.used = 0;
  }

  private rows({ length, numbers }: Rows, odd: (place: number) => string, writeRows: WriteRows): void {
    const { rowsFrom } = this;
    const hasRoom = length > 0 && rowsFrom > 0 && this.reserve(rowsFrom + numbers.byteLength);
    if (hasRoom) new Float64Array(this.memory.buffer, rowsFrom, numbers.length).set(numbers);
    for (let place = 0; place < length; ) {
      if (hasRoom) {
        place = writeRows(rowsFrom, place, length, OUT + this.used);
        this.used = this.program.end() - OUT;
      }
      if (this.used > PORTION) this.flush();
      else if (place < length) this.text(`${place === 0 ? '' : ','}${odd(place++)}`);
    }
  }

  /** @returns whether there is room for so many */
  private reserve(bytes: number): boolean {
    // Sixteen are read at once.
    const missing = bytes + 16 - this.bytes.length;
    if (missing <= 0) return true;
    try {
      this.memory.grow(Math.ceil(missing / PAGE));
    } catch {
      return false;
    }
    this.bytes = Buffer.from(this.memory.buffer);
    return true;
  }
}
