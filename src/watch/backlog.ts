import { readFileSync } from 'node:fs';
import { isErrno } from '../errors.ts';

/** What a sink has still to deliver. */
export interface Backlog {
  sink: string;
  count: number;
  /** When the first of it was kept, epoch milliseconds. */
  oldest: number;
}

type Key = [sink: string, to: string, id: string];
type Record = {
  event?: { event: string; id: string };
  targets?: { sink: string; to: string }[];
  kept?: number;
  gathered?: Key;
  ids?: string[];
  done?: Key;
};

/** Looks into an outbox that a daemon writes to, and changes nothing of it. */
export function readBacklog(file: string): Backlog[] {
  const waiting = new Map<string, { sink: string; kept: number }>();
  const nameOf = (...key: Key) => key.join('\0');
  for (const record of recordsIn(file)) {
    const { event, targets = [], kept = 0, gathered, ids = [], done } = record;
    if (event)
      for (const { sink, to } of targets) waiting.set(nameOf(sink, to, `${event.event} ${event.id}`), { sink, kept });
    if (gathered) {
      const [sink, to] = gathered;
      const parts = ids.map((id) => nameOf(sink, to, id));
      const oldest = Math.min(...parts.map((part) => waiting.get(part)?.kept ?? Number.POSITIVE_INFINITY));
      for (const part of parts) waiting.delete(part);
      waiting.set(nameOf(...gathered), { sink, kept: oldest });
    }
    if (done) waiting.delete(nameOf(...done));
  }
  const backlogs = new Map<string, Backlog>();
  for (const { sink, kept } of waiting.values()) {
    const { count, oldest } = backlogs.get(sink) ?? { count: 0, oldest: Number.POSITIVE_INFINITY };
    backlogs.set(sink, { sink, count: count + 1, oldest: Math.min(oldest, kept) });
  }
  return [...backlogs.values()];
}

/** `1a2b3c4d ` stands before each; what is being written at this moment is no record yet. */
function* recordsIn(file: string): Generator<Record> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return;
    throw error;
  }
  for (const line of text.split('\n')) {
    try {
      yield JSON.parse(line.slice(9)) as Record;
    } catch {
      return;
    }
  }
}
