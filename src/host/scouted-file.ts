import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Nearby, Piece } from '../log/sources.ts';
import { newSearch, piecesOf } from './scout.ts';
import { startThread } from './thread.ts';

/** Where the build puts scout-worker.ts: beside the chunk that this file becomes part of. */
const WORKER = join(import.meta.dirname, 'scout-worker.cjs');

/**
 * The pieces of a large file without most of those in which a user is not named: another thread searches for them.
 *
 * @param onRead told of bytes that were read or passed over
 */
export async function* scoutedPieces(
  fd: number,
  size: number,
  nearby: Nearby,
  onRead: (bytes: number) => void,
  worker = WORKER,
): AsyncGenerator<Piece> {
  const search = newSearch(fd, size, nearby.user);
  const thread = startThread(worker, search);
  thread?.on('error', () => {});
  try {
    for (const piece of piecesOf(search, nearby, onRead)) {
      yield piece;
      // To read without waiting is quickest, but a Ctrl-C must be heard.
      await nextTurn();
    }
  } finally {
    await thread?.terminate();
  }
}
