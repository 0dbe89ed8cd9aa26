import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { Scanned } from '../log/scanned.ts';
import { SLOTS } from '../log/scanner/layout.ts';
import { Scanner } from '../log/scanner.ts';
import type { ScannerParts } from '../log/scanner-parts.ts';
import type { Piece } from '../log/sources.ts';
import { readerOf, type ScanTask } from './scan-loop.ts';
import { startThread } from './thread.ts';
import { BEGUN, FILLED, IS_WAITED_FOR, newTurns, READY, STATE, TAKEN } from './turns.ts';

/** Where the build puts scan-worker.ts: beside the chunk that this file becomes part of. */
const WORKER = join(import.meta.dirname, 'scan-worker.cjs');

/** A file that is scanned. */
export interface Scan {
  /** Once: where it cannot be scanned any further, they end early. The file stays open until the last piece is done with. */
  pieces(): AsyncGenerator<Piece>;
  end(): Promise<void>;
}

/** Starts a thread, which takes as long as to load most of a command. @param fd of the file */
export function beginScan(fd: number, worker = WORKER): Scan {
  const task: ScanTask = { fd, turns: newTurns(), position: new Float64Array(new SharedArrayBuffer(8)) };
  const thread = startThread(worker, task);
  const voice = thread && new Voice(thread);
  const end = async () => {
    await thread?.terminate();
  };
  return {
    async *pieces() {
      try {
        const parts = await newParts();
        if (parts === null) return;
        thread?.postMessage(parts);
        yield* piecesOf(task, parts, voice);
      } finally {
        await end();
      }
    },
    end,
  };
}

/** @returns null where there is no room for them, or a processor that lacks their instructions */
async function newParts(): Promise<ScannerParts | null> {
  const { newScannerParts } = await import('../log/scanner-parts.ts');
  try {
    return newScannerParts();
  } catch {
    return null;
  }
}

async function* piecesOf(task: ScanTask, parts: ScannerParts, voice: Voice | null): AsyncGenerator<Piece> {
  const { fd, turns } = task;
  const scanner = new Scanner(parts);
  const slots = Array.from({ length: SLOTS }, (_, slot) => new Scanned(scanner.memory, slot));
  const pieceIn = (scanned: Scanned): Piece => ({ bytes: scanned.bytes, scanned: scanned.hasLines ? scanned : null });
  let number = 0;
  const read = readerOf(fd, 0);
  let position = 0;
  // Until the thread is there, and if it never is, this one scans.
  while (voice === null || Atomics.load(turns, STATE) !== READY) {
    const length = scanner.fill(number % SLOTS, read);
    if (length === 0) return;
    position += length;
    yield pieceIn(slots[number % SLOTS] as Scanned);
    if (++number % (SLOTS / 2) === 0) await nextTurn();
  }
  task.position[0] = position;
  Atomics.store(turns, FILLED, number);
  Atomics.store(turns, TAKEN, number);
  Atomics.store(turns, STATE, BEGUN);
  Atomics.notify(turns, STATE);
  for (; ; number++) {
    while (Atomics.load(turns, FILLED) <= number) {
      Atomics.store(turns, IS_WAITED_FOR, 1);
      if (Atomics.load(turns, FILLED) > number) break;
      // It may have filled this one, and ended, before either was heard.
      if (!(await voice.next()) && Atomics.load(turns, FILLED) <= number) return;
    }
    const piece = pieceIn(slots[number % SLOTS] as Scanned);
    if (piece.bytes.length === 0) return;
    yield piece;
    Atomics.store(turns, TAKEN, number + 1);
    // To wake a thread takes as long as to tell a piece: not for one slot.
    if ((number + 1) % (SLOTS / 2) !== 0) continue;
    Atomics.notify(turns, TAKEN);
    // Without a wait nothing else is heard, not even a Ctrl-C.
    await nextTurn();
  }
}

/** What a thread says. */
class Voice {
  private isOver = false;
  private wake = () => {};

  constructor(thread: Worker) {
    thread.on('message', () => this.wake());
    thread.on('error', () => {});
    thread.on('exit', () => {
      this.isOver = true;
      this.wake();
    });
  }

  /** Waits for the next word. @returns false where there is none */
  async next(): Promise<boolean> {
    if (!this.isOver)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    return !this.isOver;
  }
}
