import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Round, takePart } from './refresh-loop.ts';

/** Where the build puts link-worker.ts: beside the chunk that this file becomes part of. */
const WORKER = join(import.meta.dirname, 'link-worker.cjs');

/**
 * One thread for each core, this one among them because it need not be started. One that fails is no error here: what it
 * left undone is seen in the round.
 */
export async function takePartInThreads(round: Round, worker = WORKER): Promise<void> {
  const threads = Array.from({ length: Math.max(1, availableParallelism() - 1) }, () => ended(worker, round));
  takePart(round);
  await Promise.all(threads);
}

function ended(worker: string, round: Round): Promise<void> {
  return new Promise((resolve) => {
    try {
      const thread = new Worker(worker, { workerData: round });
      thread.on('error', () => {});
      thread.on('exit', () => resolve());
    } catch {
      resolve();
    }
  });
}
