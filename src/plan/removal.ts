import type { Change } from './change.ts';

/** Whether a change takes something away from its place. */
const takesAway = ({ kind, after }: Change): boolean => after === null || kind === 'retired';

/**
 * Leaves out the removal of folders that would not be empty then: what somebody else put there is not ours to remove.
 *
 * @param entriesOf the names that a folder will hold when its turn comes, if nothing is taken out of it
 * @returns the changes, and the folders that stay
 */
export function keepOccupied(changes: readonly Change[], entriesOf: (folder: string) => readonly string[]) {
  const going = new Set(changes.filter(takesAway).map(({ at }) => at));
  const occupied: string[] = [];
  const kept = changes.filter((change) => {
    if (change.kind !== 'directory' || change.after !== null) return true;
    if (entriesOf(change.at).every((name) => going.has(`${change.at}/${name}`))) return true;
    going.delete(change.at);
    occupied.push(change.at);
    return false;
  });
  return { changes: kept, occupied };
}

/**
 * Puts last what cannot be undone, and what can only follow it: accounts (their password hashes go with them), then
 * trees, then the folders above those, then groups.
 *
 * @param above folders that hold trees
 */
export function finalLast(
  changes: readonly Change[],
  above: ReadonlySet<string>,
): { changes: Change[]; pointOfNoReturn?: number } {
  const rank = ({ kind, at, after }: Change): number => {
    if (after !== null) return 0;
    if (kind === 'account') return 1;
    if (kind === 'tree') return 2;
    if (kind === 'directory' && above.has(at)) return 3;
    return kind === 'group' ? 4 : 0;
  };
  const ordered = changes.toSorted((one, other) => rank(one) - rank(other));
  const first = ordered.findIndex((change) => rank(change) === 1 || rank(change) === 2);
  return { changes: ordered, ...(first >= 0 && { pointOfNoReturn: first }) };
}
