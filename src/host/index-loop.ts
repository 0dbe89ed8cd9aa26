import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { Indexer } from '../log/indexer.ts';
import { type LineIndex, WIDTH } from '../log/line-index.ts';

/** So many bytes at a time; lines beyond so many, which are short then, are left for the reader to parse. */
export const CHUNK = 1_048_576;
const MOST_LINES = 16_384;

/** A file that is open, and memory that two threads share: one fills a slot while the other works on those before. */
export interface Task {
  fd: number;
  slots: readonly SharedArrayBuffer[];
}

/** What one thread tells the other: this many bytes are in this slot, none at the end of the file. */
export interface Filled extends Omit<LineIndex, 'columns'> {
  slot: number;
  length: number;
}

export const newSlot = (): SharedArrayBuffer => new SharedArrayBuffer(CHUNK + MOST_LINES * WIDTH * 4);

/** The bytes of a slot, and the columns of their index. */
export const openSlot = (slot: SharedArrayBuffer) => ({
  bytes: Buffer.from(slot, 0, CHUNK),
  columns: new Int32Array(slot, CHUNK),
});

/** Fills the slots whose numbers it is told, one after the other. */
export function indexFile({ fd, slots }: Task): void {
  const open = slots.map(openSlot);
  const indexer = new Indexer();
  let position = 0;
  parentPort?.on('message', (number: number) => {
    const { bytes, columns } = open[number] as ReturnType<typeof openSlot>;
    const length = readSync(fd, bytes, 0, CHUNK, position);
    position += length;
    const { count, end, hosts } = indexer.index(bytes.subarray(0, length), columns);
    const filled: Filled = { slot: number, length, count, end, hosts };
    parentPort?.postMessage(filled);
  });
}
