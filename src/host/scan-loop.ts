import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { SLOTS } from '../log/scanner/layout.ts';
import { Scanner } from '../log/scanner.ts';
import type { ScannerParts } from '../log/scanner-parts.ts';
import { FILLED, IS_WAITED_FOR, READY, STATE, TAKEN, type Turns } from './turns.ts';

/** What the thread is handed at its start; the scanner's parts are the first that is said to it. */
export interface ScanTask {
  fd: number;
  turns: Turns;
  /** One number in shared memory: where in the file the piece begins that is to be filled next. */
  position: Float64Array<SharedArrayBuffer>;
}

/** Reads a file from a position on, as Scanner.fill has it. */
export const readerOf = (fd: number, from: number): ((into: Uint8Array) => number) => {
  let position = from;
  return (into) => {
    const length = readSync(fd, into, 0, into.length, position);
    position += length;
    return length;
  };
};

/**
 * Once it is told where to begin, reads an open file and scans it piece by piece, as far ahead of the reader as there are
 * slots. It says that it goes on, if somebody waits, and nothing else.
 */
export function scanFile({ fd, turns, position }: ScanTask, parts: ScannerParts): void {
  const scanner = new Scanner(parts);
  Atomics.store(turns, STATE, READY);
  while (Atomics.load(turns, STATE) === READY) Atomics.wait(turns, STATE, READY);
  const read = readerOf(fd, position[0] as number);
  for (let piece = Atomics.load(turns, FILLED), length = -1; length !== 0; piece++) {
    while (piece - Atomics.load(turns, TAKEN) >= SLOTS) Atomics.wait(turns, TAKEN, piece - SLOTS);
    length = scanner.fill(piece % SLOTS, read);
    Atomics.store(turns, FILLED, piece + 1);
    if (Atomics.exchange(turns, IS_WAITED_FOR, 0) === 1) parentPort?.postMessage(null);
  }
}
