import type { Alternative } from './alternatives.ts';
import { NameTree } from './name-tree.ts';

/** A rename or hard link that did happen, or can have. */
export interface Move {
  action: 'rename' | 'hardlink';
  /** More than one where it is not known which, each then not `sure`. */
  alternatives: readonly Alternative[];
}

/** Where so many names are possible only that a list of them says nothing. */
const MOST_POSSIBLE = 10_000;
/** PATH_MAX of Linux; a longer name would come of moves that cannot all have happened. */
const LONGEST = 4096;

/**
 * Every name from which a file can have come to one of the wanted names, the wanted ones included: a walk back through
 * the moves, from the last to the first. It can be too many names, never too few unless `tooMany` says so.
 */
export function earlierNames(
  wanted: ReadonlySet<string>,
  movesBackwards: Iterable<Move>,
): { names: NameTree; tooMany: boolean } {
  const now = new NameTree(wanted);
  const ever = new NameTree(wanted);
  let possible = 0;
  for (const { action, alternatives } of movesBackwards) {
    for (const alternative of alternatives) {
      const before = sourcesOf(now, action, alternative).filter((name) => name.length <= LONGEST);
      if (alternative.sure && alternative.path !== alternative.target) forget(now, wanted, action, alternative);
      for (const name of before) {
        if (!alternative.sure && !ever.has(name) && ++possible > MOST_POSSIBLE) continue;
        now.add(name);
        ever.add(name);
      }
    }
  }
  return { names: ever, tooMany: possible > MOST_POSSIBLE };
}

/** The names before the move of what can be under a name of interest after it. */
function sourcesOf(now: NameTree, action: Move['action'], { path, target, cut }: Alternative): string[] {
  if (target === undefined || target === path) return [];
  if (cut) return now.beginningWith(target).length > 0 ? [path] : [];
  const suffixes = action === 'rename' ? now.suffixes(target) : now.has(target) ? [''] : [];
  return suffixes.map((suffix) => path + suffix);
}

/**
 * Before a move that is certain, what stood under the new name was another file, and what came under the old name later
 * did not exist. The old name itself stays: renaming one of two hard links onto the other does nothing (rename(2)).
 */
function forget(
  now: NameTree,
  wanted: ReadonlySet<string>,
  action: Move['action'],
  { path, target = '' }: Alternative,
): void {
  const gone = now.suffixes(target).map((suffix) => target + suffix);
  if (action === 'rename') gone.push(...now.suffixes(path).flatMap((suffix) => (suffix === '' ? [] : [path + suffix])));
  for (const name of gone) if (!wanted.has(name)) now.delete(name);
}
