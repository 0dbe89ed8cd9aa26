import type { MatchLine } from './sshd.ts';
import { splitWords } from './sshd-lines.ts';

/** Whether something holds for an account: for no login of it, for some, or for every one. */
export type Chance = 'never' | 'maybe' | 'always';

/** Who logs in, as far as it is known. Where from is never known. */
export interface Login {
  /** Left out where no account exists yet: a name that nobody has written down anywhere. */
  user?: string | undefined;
  groups: readonly string[];
}

/** match.c, match_pattern: `*` is any text, `?` any one character. */
export function matchesPattern(text: string, pattern: string): boolean {
  let [at, star, retry] = [0, -1, 0];
  let next = 0;
  while (at < text.length) {
    const wanted = pattern[next];
    if (wanted === '*') [star, retry, next] = [next, at, next + 1];
    else if (wanted === '?' || wanted === text[at]) [at, next] = [at + 1, next + 1];
    else if (star >= 0) [retry, at, next] = [retry + 1, retry + 1, star + 1];
    else return false;
  }
  return /^\**$/.test(pattern.slice(next));
}

/** match.c, match_pattern_list: a negated pattern that matches outweighs all others, whatever their order. */
export function matchesList(list: string, matches: (pattern: string) => Chance): Chance {
  let [best, doubt]: [Chance, boolean] = ['never', false];
  for (const written of list.split(',')) {
    const negated = written.startsWith('!');
    const chance = matches(negated ? written.slice(1) : written);
    if (negated && chance === 'always') return 'never';
    if (negated) doubt ||= chance === 'maybe';
    else if (best === 'never' || chance === 'always') best = chance;
  }
  return best === 'always' && doubt ? 'maybe' : best;
}

/** The chance of a pattern against a name that is not known; `written` is that of one without wildcards. */
const unknown =
  (written: Chance) =>
  (pattern: string): Chance =>
    /^\*+$/.test(pattern) ? 'always' : /[*?]/.test(pattern) ? 'maybe' : written;

/** An address, a host name or a port could be anybody's. */
const somewhere = unknown('maybe');

const matchesUser =
  (user: string | undefined) =>
  (pattern: string): Chance =>
    user === undefined ? unknown('never')(pattern) : matchesPattern(user, pattern) ? 'always' : 'never';

/** One pattern of AllowUsers or DenyUsers: `USER` or `USER@HOSTS` (match.c, match_user). */
export function matchesUserAtHost(user: string | undefined, pattern: string): Chance {
  const at = pattern.lastIndexOf('@');
  if (at < 0) return matchesUser(user)(pattern);
  return both(matchesUser(user)(pattern.slice(0, at)), matchesList(pattern.slice(at + 1), somewhere));
}

/** groupaccess.c, ga_match_pattern_list. */
function matchesGroups(groups: readonly string[], list: string): Chance {
  const patterns = list.split(',');
  const some = (wanted: readonly string[]) =>
    groups.some((group) => wanted.some((pattern) => matchesPattern(group, pattern)));
  if (some(patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)))) return 'never';
  return some(patterns.filter((pattern) => !pattern.startsWith('!'))) ? 'always' : 'never';
}

const both = (one: Chance, other: Chance): Chance =>
  one === 'never' || other === 'never' ? 'never' : one === 'maybe' ? 'maybe' : other;

const ATTRIBUTE = /^(user|group|host|address|localaddress|localport|rdomain|version)=(.*)$/is;

/** The criteria of a Match line, attribute in lower case and its list (servconf.c, match_cfg_line). */
function parseCriteria(criteria: string): { attribute: string; list: string }[] {
  const words = splitWords(criteria)
    .flatMap((word) => ATTRIBUTE.exec(word)?.slice(1) ?? (word.length > 1 ? word.replace(/^=/, '') : word))
    .filter((word) => word !== '=' && word !== '');
  const pairs: { attribute: string; list: string }[] = [];
  while (words.length > 0) {
    const attribute = words.shift()?.toLowerCase() ?? '';
    const alone = attribute === 'all' || attribute === 'invalid-user';
    pairs.push({ attribute, list: alone ? '' : (words.shift() ?? '') });
  }
  return pairs;
}

function criterionHolds(attribute: string, list: string, { user, groups }: Login): Chance {
  if (attribute === 'all') return 'always';
  if (attribute === 'invalid-user') return 'never';
  if (attribute === 'user') return matchesList(list, matchesUser(user));
  if (attribute === 'group') return matchesGroups(groups, list);
  return matchesList(list, somewhere);
}

/** Whether a directive below these Match lines counts for a login. */
export const matchHolds = (match: readonly MatchLine[], login: Login): Chance =>
  match
    .flatMap(({ criteria }) => parseCriteria(criteria))
    .reduce<Chance>((chance, { attribute, list }) => both(chance, criterionHolds(attribute, list, login)), 'always');
