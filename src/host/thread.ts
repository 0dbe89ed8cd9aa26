import { Worker } from 'node:worker_threads';

/** A thread that helps where it can. @returns null where the system allows no more of them */
export function startThread(program: string, workerData: unknown): Worker | null {
  try {
    return new Worker(program, { workerData });
  } catch {
    return null;
  }
}
