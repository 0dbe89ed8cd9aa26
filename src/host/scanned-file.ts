import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { Scanned } from '../log/scanned.ts';
import { SLOTS } from '../log/scanner/layout.ts';
import type { Piece } from '../log/sources.ts';
import type { Begun } from './scan-loop.ts';
import { startThread } from './thread.ts';
import { FILLED, IS_WAITED_FOR, TAKEN } from './turns.ts';

/** Where the build puts scan-worker.ts: beside the chunk that this file becomes part of. */
const WORKER = join(import.meta.dirname, 'scan-worker.cjs');

/** A file that another thread reads and scans. */
export interface Scan {
  /** Once: where the thread fails, they end early. The file stays open until the last piece is done with. */
  pieces(): AsyncGenerator<Piece>;
  end(): Promise<void>;
}

/** Starts a thread, which takes as long as to load most of a command. @param fd of the file */
export function beginScan(fd: number, worker = WORKER): Scan {
  const thread = startThread(worker, fd);
  const voice = thread && new Voice(thread);
  const end = async () => {
    await thread?.terminate();
  };
  return {
    async *pieces() {
      try {
        if (voice !== null) yield* piecesOf(voice);
      } finally {
        await end();
      }
    },
    end,
  };
}

async function* piecesOf(voice: Voice): AsyncGenerator<Piece> {
  const begun = await voice.first();
  if (begun === null) return;
  const { memory, turns } = begun;
  const slots = Array.from({ length: SLOTS }, (_, slot) => new Scanned(memory, slot));
  for (let number = 0; ; number++) {
    while (Atomics.load(turns, FILLED) <= number) {
      Atomics.store(turns, IS_WAITED_FOR, 1);
      if (Atomics.load(turns, FILLED) <= number && !(await voice.next())) return;
    }
    const scanned = slots[number % SLOTS] as Scanned;
    const { bytes } = scanned;
    if (bytes.length === 0) return;
    yield { bytes, scanned: scanned.hasLines ? scanned : null };
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
  private readonly begun: Promise<Begun | null>;
  private isOver = false;
  private wake = () => {};

  constructor(thread: Worker) {
    this.begun = new Promise((resolve) => {
      thread.once('message', (begun: Begun) => resolve(begun));
      thread.once('exit', () => resolve(null));
    });
    thread.on('message', () => this.wake());
    thread.on('error', () => {});
    thread.on('exit', () => {
      this.isOver = true;
      this.wake();
    });
  }

  /** @returns null where it ends without a word */
  first(): Promise<Begun | null> {
    return this.begun;
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
