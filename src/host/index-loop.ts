import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { Indexer } from '../log/indexer.ts';
import type { LineIndex } from '../log/line-index.ts';

/** So many bytes at a time; an index of more numbers, which lines would have to be short for, is left incomplete. */
const CHUNK = 1_048_576;
const NUMBERS = CHUNK / 8;

/** One thread fills some memory while the other works on what was filled before: it goes to and fro. */
const PIECES = 4;

/** Memory for a piece of a log and its index. */
export interface Empty {
  bytes: ArrayBuffer;
  numbers: ArrayBuffer;
}

/** What it was filled with: no bytes at the end of the file. */
export interface Filled extends Empty, Omit<LineIndex, 'numbers'> {
  length: number;
}

/** Reads an open file and indexes it, as far ahead as there is memory for. */
export function indexFile(fd: number): void {
  const indexer = new Indexer();
  let position = 0;
  const fill = ({ bytes, numbers }: Empty) => {
    const length = readSync(fd, new Uint8Array(bytes), 0, CHUNK, position);
    position += length;
    const { used, end, hosts } = indexer.index(Buffer.from(bytes, 0, length), new Int32Array(numbers));
    const filled: Filled = { bytes, numbers, length, used, end, hosts };
    parentPort?.postMessage(filled, [bytes, numbers]);
  };
  parentPort?.on('message', fill);
  for (let piece = 0; piece < PIECES; piece++)
    fill({ bytes: new ArrayBuffer(CHUNK), numbers: new ArrayBuffer(NUMBERS * 4) });
}
