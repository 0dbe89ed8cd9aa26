import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno, reasonOf, refused } from '../errors.ts';
import type { Plan } from '../plan/change.ts';
import { replaceFile, syncFolder } from './draft.ts';
import type { Host } from './host.ts';
import { JOURNAL_PATH } from './state.ts';

/** Our undo: the whole plan, on disk before its first change, and which of its changes were begun. */
export interface Journal {
  readonly plan: Plan;
  readonly begun: ReadonlySet<number>;
  /** On disk when this returns: changes, from the first to the last, are registered before they are attempted. */
  begin(first: number, last: number): void;
  /** The plan is done or undone; there is nothing left to recover. */
  remove(): void;
}

/** @throws OperatorError `refused` when it cannot be written: nothing may be changed without one */
export function openJournal(host: Host, plan: Plan): Journal {
  try {
    replaceFile(host.path(JOURNAL_PATH), `${JSON.stringify(plan)}\n`, { uid: 0, gid: 0, mode: 0o600 });
  } catch (error) {
    try {
      rmSync(host.path(JOURNAL_PATH), { force: true });
    } catch {
      // Nothing was begun yet: `recover` would find nothing to undo.
    }
    throw refused(`cannot write ${JOURNAL_PATH}: ${reasonOf(error)}`, `df ${dirname(JOURNAL_PATH)}`);
  }
  return journalOf(host, plan, new Set());
}

/** The journal of a change that was interrupted, or null. */
export function readJournal(host: Host): Journal | null {
  let text: string;
  try {
    text = readFileSync(host.path(JOURNAL_PATH), 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'EACCES')) return null;
    throw error;
  }
  const [plan, ...begun] = text.split('\n');
  // A line cut off by a power failure was not yet followed by its change.
  const indices = begun.flatMap((line) => {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?;$/.exec(line) ?? [];
    return first === undefined ? [] : indicesFrom(Number(first), Number(last));
  });
  return journalOf(host, parsePlan(plan ?? ''), new Set(indices));
}

/** It was put in its place whole: what is no plan was written by somebody else, or the disk has lost it. */
function parsePlan(text: string): Plan {
  try {
    const plan = JSON.parse(text) as Plan;
    if (Array.isArray(plan.changes)) return plan;
  } catch {
    // The same as any other text.
  }
  throw refused(
    `${JOURNAL_PATH} is damaged, so nobody knows what an earlier command left undone`,
    `ls -l ${JOURNAL_PATH}; remove it when the host is in order again, then run sftpjail init`,
  );
}

function journalOf(host: Host, plan: Plan, begun: Set<number>): Journal {
  const path = host.path(JOURNAL_PATH);
  let open: number | undefined;
  return {
    plan,
    begun,
    begin(first, last) {
      open ??= openSync(path, 'a');
      writeSync(open, first === last ? `${first};\n` : `${first}-${last};\n`);
      fdatasyncSync(open);
      for (const index of indicesFrom(first, last)) begun.add(index);
    },
    remove() {
      if (open !== undefined) closeSync(open);
      open = undefined;
      rmSync(path, { force: true });
      syncFolder(dirname(path));
    },
  };
}

const indicesFrom = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, step) => first + step);
