import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Nearby, Piece } from '../log/sources.ts';
import { firstToRead, newSearch, SECTION } from './scout.ts';

/** Where the build puts scout-worker.ts: beside the chunk that this file becomes part of. */
const WORKER = join(import.meta.dirname, 'scout-worker.cjs');

/**
 * The pieces of a large file without most of those in which a user is not named: another thread searches for them from
 * the end on, until it meets this one. What it has not found out is read, so nothing depends on it.
 *
 * @param onRead told of bytes that were read or passed over
 */
export async function* scoutedPieces(
  handle: FileHandle,
  size: number,
  { user, mayPassOver }: Nearby,
  onRead: (bytes: number) => void,
  worker = WORKER,
): AsyncGenerator<Piece> {
  const search = newSearch(handle.fd, size, user);
  const thread = new Worker(worker, { workerData: search });
  thread.on('error', () => {});
  try {
    const bytes = Buffer.allocUnsafeSlow(SECTION);
    for (let position = 0; ; ) {
      const section = position / SECTION;
      Atomics.store(search.reached, 0, Math.floor(section));
      // What begins as its first bytes say is never passed over.
      const next = position > 0 && mayPassOver() ? firstToRead(search, section) : section;
      if (next > section) onRead((next - section) * SECTION);
      position = next * SECTION;
      const bytesRead = readSync(handle.fd, bytes, 0, SECTION, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      onRead(bytesRead);
      yield { bytes: bytes.subarray(0, bytesRead), index: null, ...(next > section && { isApart: true }) };
    }
  } finally {
    await thread.terminate();
  }
}
