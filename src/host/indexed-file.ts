import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Piece } from '../log/sources.ts';
import type { Empty, Filled } from './index-loop.ts';

/** Where the build puts index-worker.ts: beside the chunk that this file becomes part of. */
const WORKER = join(import.meta.dirname, 'index-worker.cjs');

/**
 * The pieces of a file, read and indexed by another thread. Where that fails, the pieces end early.
 *
 * @param fd of the file; stays open until the last piece is done with
 */
export async function* indexedPieces(fd: number, worker = WORKER): AsyncGenerator<Piece> {
  const thread = new Worker(worker, { workerData: fd });
  const inbox = new Inbox(thread);
  try {
    for (;;) {
      const filled = await inbox.take();
      if (filled === null || filled.length === 0) return;
      const { bytes, numbers, length, used, end, hosts } = filled;
      const index = { numbers: new Int32Array(numbers), used, end, hosts };
      yield { bytes: Buffer.from(bytes, 0, length), index };
      const empty: Empty = { bytes, numbers };
      thread.postMessage(empty, [bytes, numbers]);
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
