import * as changes from '../log/change-rows.ts';
import { SENT_STATUSES } from '../log/sftp-messages.ts';
import * as transfers from '../log/transfer-rows.ts';
import { MOST_OF_A_ROW, OUT, PORTION, ROWS, WORD_BYTES, WORDS } from './row-writer/layout.ts';
import program from './row-writer/write.ts?compiled';

/** For each word the bytes between two fields, with it in the middle. */
const around = (before: string, words: readonly string[], after: string): string[] =>
  words.map((word) => `${before}${word}${after}`);

/** In the order of their numbers in layout.ts. */
const TEXTS = [
  ...['{"n":', ',{"n":', '","bytesRead":', ',"bytesWritten":', ',"closed":', ',"at":', ',"target":"', '"', ',"set":'],
  ...['}', 'null'],
  ...around(',"direction":"', transfers.DIRECTIONS, '","path":"'),
  ...around(',"status":"', transfers.STATUSES, '","exact":true,"opened":'),
  ...around(',"status":"', transfers.STATUSES, '","exact":false,"opened":'),
  ...around(',"action":"', changes.ACTIONS, '","path":"'),
  ...around('","status":"', changes.STATUSES, '"'),
  ...around(',"error":"', SENT_STATUSES, '"'),
];

const PAGE = 65_536;
/** Four gigabytes: it grows as it has to. */
const MOST_PAGES = 65_536;

/** Rows as a session keeps them, with the bytes that their names are in. */
interface Rows {
  readonly length: number;
  readonly numbers: Float64Array;
  readonly bytes: Uint8Array;
}

type WriteRows = (place: number, count: number, from: number) => number;

/** Text that grows as bytes, with rows as JSON in it: these are written by WebAssembly, because a log has millions of them. */
export class RowWriter {
  private readonly memory = new WebAssembly.Memory({
    initial: Math.ceil(ROWS / PAGE) + 1,
    maximum: MOST_PAGES,
    shared: true,
  });
  private bytes: Buffer = Buffer.from(this.memory.buffer);
  private used = 0;
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
    let next = WORD_BYTES;
    for (const [number, text] of TEXTS.entries()) {
      this.bytes.writeInt32LE(next, WORDS + 8 * number);
      this.bytes.writeInt32LE(text.length, WORDS + 8 * number + 4);
      this.bytes.write(text, next, 'latin1');
      next += 8 * Math.ceil(text.length / 8);
    }
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

  /** @param odd JSON of one that has more to say than its row */
  transfers(rows: Rows, odd: (place: number) => string): void {
    this.rows(rows, odd, this.program.writeTransfers);
  }

  changes(rows: Rows, odd: (place: number) => string): void {
    this.rows(rows, odd, this.program.writeChanges);
  }

  /** Writes what was gathered. */
  flush(): void {
    this.write(this.bytes.subarray(OUT, OUT + this.used));
    this.used = 0;
  }

  private rows({ length, numbers, bytes }: Rows, odd: (place: number) => string, writeRows: WriteRows): void {
    if (length === 0) return;
    const namesFrom = ROWS + numbers.byteLength;
    const hasRoom = this.reserve(namesFrom + bytes.length);
    if (hasRoom) {
      new Float64Array(this.memory.buffer, ROWS, numbers.length).set(numbers);
      this.bytes.set(bytes, namesFrom);
    }
    for (let place = 0; place < length; ) {
      if (hasRoom) {
        place = writeRows(place, length, OUT + this.used);
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
