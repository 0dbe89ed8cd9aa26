import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Bulk, finish, newBulk, type Tasks } from './bulk.ts';

/** Fewer things are made by one thread sooner than others start. */
export const MANY = 1000;

/** Where the build puts bulk-worker.ts: beside the chunk that this file becomes part of. */
const WORKER = join(import.meta.dirname, 'bulk-worker.cjs');

type InThreads = <A extends keyof Tasks>(act: A, tasks: readonly Tasks[A][]) => Promise<void>;

/** Threads for what follows, which start when they are first needed and keep nobody from ending. */
export function openThreads(worker = WORKER): InThreads {
  const crew = new Set<Worker>();
  return async (act, tasks) => {
    const bulk = newBulk(act, tasks);
    if (crew.size === 0) hire(crew, worker);
    await Promise.all([...crew].map((thread) => partOf(thread, bulk)));
    finish(bulk);
  };
}

/**
 * Does the same for thousands of things in as many threads as there are cores, while this one is free. A thread that fails
 * is no error here: what it left undone is done at the end, or fails then. One call at a time.
 */
export const inThreads = openThreads();

function hire(crew: Set<Worker>, worker: string): void {
  try {
    while (crew.size < availableParallelism()) {
      const thread = new Worker(worker);
      crew.add(thread);
      thread.on('error', () => {}).on('exit', () => crew.delete(thread));
    }
  } catch {
    // Without them, or with fewer, it takes longer.
  }
}

function partOf(thread: Worker, bulk: Bulk): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      thread.off('message', end).off('exit', end).unref();
      resolve();
    };
    thread.on('message', end).on('exit', end).ref();
    thread.postMessage(bulk);
  });
}
