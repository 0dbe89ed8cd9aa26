import { OUTCOME, type Round } from './refresh-loop.ts';
import { type Failure, failureOf } from './refresh-reasons.ts';

/** Notes which jails a round changed, and returns how many. */
export function markChanged(marks: Uint8Array, { outcomes }: Round): number {
  let changes = 0;
  for (let jail = 0; jail < outcomes.length; jail++)
    if (outcomes[jail] === OUTCOME.changed) {
      marks[jail] = 1;
      changes++;
    }
  return changes;
}

/** What an earlier round changed is current in a later one, and counts as changed. */
export function counts(marks: Uint8Array, { outcomes }: Round): { changed: number; current: number } {
  let changed = 0;
  let current = 0;
  for (let jail = 0; jail < outcomes.length; jail++)
    if (marks[jail] === 1) changed++;
    else if (outcomes[jail] === OUTCOME.current) current++;
  return { changed, current };
}

export function failures({ root, jails, outcomes }: Round): Failure[] {
  const found: Failure[] = [];
  for (const [jail, name] of jails.entries()) {
    const failure = failureOf(`${root}/${name}`, outcomes[jail] as number);
    if (failure !== null) found.push(failure);
  }
  return found;
}
