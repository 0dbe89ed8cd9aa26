import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Piece } from '../log/sources.ts';
import { type Filled, newSlot, openSlot, type Task } from './index-loop.ts';

/** Where the build puts index-worker.ts: beside the chunk that this file becomes part of. */
const WORKER = join(import.meta.dirname, 'index-worker.cjs');

const SLOTS = 4;

/**
 * The pieces of a file, read and indexed by another thread. Where that fails, the pieces end early.
 *
 * @param fd of the file; stays open until the last piece is done with
 */
export async function* indexedPieces(fd: number, worker = WORKER): AsyncGenerator<Piece> {
  const slots = Array.from({ length: SLOTS }, newSlot);
  const open = slots.map(openSlot);
  const task: Task = { fd, slots };
  const thread = new Worker(worker, { workerData: task });
  const filled = new Inbox(thread);
  try {
    for (const number of slots.keys()) thread.postMessage(number);
    for (;;) {
      const next = await filled.take();
      if (next === null || next.length === 0) return;
      const { bytes, columns } = open[next.slot] as ReturnType<typeof openSlot>;
      yield { bytes: bytes.subarray(0, next.length), index: { ...next, columns } };
      thread.postMessage(next.slot);
    }
  } finally {
    await thread.terminate();
  }
}

/** The messages of a thread in their order, then null. */
class Inbox {
  private readonly waiting: Filled[] = [];
  private isOver = false;
  private wake = () => {};

  constructor(thread: Worker) {
    thread.on('message', (filled: Filled) => {
      this.waiting.push(filled);
      this.wake();
    });
    thread.on('error', () => {});
    thread.on('exit', () => {
      this.isOver = true;
      this.wake();
    });
  }

  async take(): Promise<Filled | null> {
    while (this.waiting.length === 0 && !this.isOver)
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    return this.waiting.shift() ?? null;
  }
}
