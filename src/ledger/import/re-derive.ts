import { openFiles } from '../../watch/follow.ts';
import { ForwardedLines } from './forwarded.ts';
import { DETAIL, type ImportOptions, PORTION } from './import.ts';
import { thisMachine } from './machine.ts';
import { type Prepared, Preparer } from './prepared.ts';

/** What the import would make of these files, some sessions at a time; nothing is put anywhere. */
export async function* reDerived(
  logs: Parameters<typeof openFiles>[0],
  options: Omit<ImportOptions, 'logs'>,
): AsyncGenerator<Prepared[]> {
  const forwarded = new ForwardedLines(thisMachine().names);
  const preparer = new Preparer(() => 0);
  let sessions: Prepared[] = [];
  let size = 0;
  const follower = await openFiles(logs, {
    ...{ ...options, detail: DETAIL, isTold: () => false, admits: (entry) => forwarded.admits(entry) },
    onSettled(settled) {
      const prepared = preparer.prepare(settled);
      sessions.push(prepared);
      size += 1 + prepared.transfers.length + prepared.changes.length;
    },
    pace: { look: 0, longLook: 0, quiet: 0, keep: 0 },
  });
  try {
    for await (const _ of follower.batches(new AbortController().signal)) {
      const { read, total } = follower.progress;
      options.onProgress?.(read, total);
      if (size < PORTION) continue;
      yield sessions;
      [sessions, size] = [[], 0];
    }
    yield sessions;
  } finally {
    await follower.close();
  }
}
