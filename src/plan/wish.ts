import type { Change, Kind, States } from './change.ts';

/**
 * Something that should stand on a host, in the order in which a host is built up. Taking a host down follows the same
 * list backwards, so a daemon is named twice: after the files it reads (`in`) and before them (`out`).
 */
export type Wish<K extends Kind = Kind> = { [P in K]: { kind: P; at: string; state: States[P] } }[K];

export type Direction = 'building' | 'removing';

/** What stands on the host now. A `sync` is found when its daemon uses what stands on the disk. */
export type Found = (wish: Wish) => States[Kind] | null;

/** Whether everything that `wanted` states is so; keys it leaves out may have any value. */
export function satisfies(found: object | null, wanted: object | null): boolean {
  if (found === null || wanted === null) return found === wanted;
  const values = found as Record<string, unknown>;
  return Object.entries(wanted).every(([key, value]) => JSON.stringify(values[key]) === JSON.stringify(value));
}

/**
 * The changes that make the wishes true (`building`) or take them back (`removing`). What is so already is left out, and
 * with it the daemons that read none of what changes.
 */
export function difference(direction: Direction, wishes: readonly Wish[], found: Found): Change[] {
  const ordered = direction === 'building' ? wishes : wishes.toReversed();
  const changes = new Map<Wish, Change>();
  for (const wish of ordered) if (!actsOnDaemon(wish)) keep(changes, wish, settled(direction, wish, found));
  const touched = new Set([...changes.values()].map(({ at }) => at));
  const isTouched = (reads: readonly string[]) => reads.some((path) => touched.has(path));

  for (const wish of ordered) {
    if (wish.kind === 'check' && direction === 'building') {
      const { reads } = wish.state;
      if (reads.length === 0 || isTouched(reads))
        // What makes it necessary may be thousands of paths, and nobody asks for them again.
        changes.set(wish, { kind: 'check', at: wish.at, before: null, after: { ...wish.state, reads: [] } });
    } else if (wish.kind === 'sync') {
      const acts = (wish.state.way === 'in') === (direction === 'building');
      const needed = isTouched(wish.state.reads) || (acts && direction === 'building' && found(wish) === null);
      if (needed) changes.set(wish, { kind: 'sync', at: wish.at, ...halves(wish.state, acts) });
    }
  }
  return ordered.flatMap((wish) => changes.get(wish) ?? []);
}

/** The same wishes with those of one kind side by side, where the order between kinds is that of their first ones. */
export function neighbours(wishes: readonly Wish[]): Wish[] {
  const kinds = new Map<Kind, Wish[]>();
  for (const wish of wishes) {
    const alike = kinds.get(wish.kind);
    if (alike) alike.push(wish);
    else kinds.set(wish.kind, [wish]);
  }
  return [...kinds.values()].flat();
}

type DaemonWish = Wish<'sync' | 'check'>;
const actsOnDaemon = (wish: Wish): wish is DaemonWish => wish.kind === 'sync' || wish.kind === 'check';

const keep = (changes: Map<Wish, Change>, wish: Wish, change: Change | null) => change && changes.set(wish, change);

function settled(direction: Direction, wish: Wish, found: Found): Change | null {
  const before = found(wish);
  const after = direction === 'building' ? wish.state : null;
  return satisfies(before, after) ? null : ({ kind: wish.kind, at: wish.at, before, after } as Change);
}

const halves = (state: States['sync'], forwards: boolean) => ({
  before: forwards ? null : state,
  after: forwards ? state : null,
});
