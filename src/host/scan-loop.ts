import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { SLOTS } from '../log/scanner/layout.ts';
import { Scanner } from '../log/scanner.ts';
import { FILLED, IS_WAITED_FOR, newTurns, TAKEN, type Turns } from './turns.ts';

/** What the thread says first: where everything is. After that it only says that it goes on, if somebody waits. */
export interface Begun {
  memory: SharedArrayBuffer;
  turns: Turns;
}

/** Reads an open file and scans it piece by piece, as far ahead of the reader as there are slots. */
export function scanFile(fd: number): void {
  const scanner = new Scanner();
  const turns = newTurns();
  const begun: Begun = { memory: scanner.memory, turns };
  parentPort?.postMessage(begun);
  let position = 0;
  const read = (into: Uint8Array): number => {
    const length = readSync(fd, into, 0, into.length, position);
    position += length;
    return length;
  };
  for (let piece = 0, length = -1; length !== 0; piece++) {
    while (piece - Atomics.load(turns, TAKEN) >= SLOTS) Atomics.wait(turns, TAKEN, piece - SLOTS);
    length = scanner.fill(piece % SLOTS, read);
    Atomics.store(turns, FILLED, piece + 1);
    if (Atomics.exchange(turns, IS_WAITED_FOR, 0) === 1) parentPort?.postMessage(null);
  }
}
