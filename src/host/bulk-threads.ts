import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { finish, newBulk, type Tasks } from './bulk.ts';

/** Fewer things are made by one thread sooner than others start. */
export const MANY = 1000;

/** Where the build puts bulk-worker.ts: beside the chunk that this file becomes part of. */
const WORKER = join(import.meta.dirname, 'bulk-worker.cjs');

let crew: Worker[] = [];

/**
 * Does the same for thousands of things in as many threads as there are cores, while this one is free. A thread that fails
 * is no error here: what it left undone is done at the end, or fails then. One call at a time.
 */
export async function inThreads<A extends keyof Tasks>(
  act: A,
  tasks: readonly Tasks[A][],
  worker = WORKER,
): Promise<void> {
  const bulk = newBulk(act, tasks);
  if (crew.length === 0) crew = hired(worker);
  await Promise.all(crew.map((thread) => partOf(thread, bulk)));
  finish(bulk);
}

function hired(worker: string): Worker[] {
  try {
    return Array.from({ length: availableParallelism() }, () => new Worker(worker));
  } catch {
    return [];
  }
}

function partOf(thread: Worker, bulk: unknown): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      thread.off('message', over).off('error', lost).off('exit', lost).unref();
      resolve();
    };
    const lost = () => {
      crew = [];
      over();
    };
    thread.ref();
    thread.on('message', over).on('error', lost).on('exit', lost);
    thread.postMessage(bulk);
  });
}
