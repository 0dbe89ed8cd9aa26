import { dirname } from 'node:path';
import { matchesGlob } from '../conf/glob.ts';
import { type Directive, includePattern, SSHD_CONFIG } from '../conf/sshd.ts';
import { matchHolds } from '../conf/sshd-match.ts';
import { judgeLogin } from './login-obstacles.ts';
import { type Customer, type Obstacle, whom } from './obstacle.ts';

export type { Customer, Obstacle };

/** What our blocks state, and so what no other block may decide before them. */
export const STATED_KEYWORDS: ReadonlySet<string> = new Set([
  'chrootdirectory',
  'forcecommand',
  'authorizedkeysfile',
  'loglevel',
  'pubkeyauthentication',
  'passwordauthentication',
  'kbdinteractiveauthentication',
  'disableforwarding',
  'allowtcpforwarding',
  'allowstreamlocalforwarding',
  'allowagentforwarding',
  'x11forwarding',
  'permittunnel',
  'permittty',
  'permituserrc',
]);

/** servconf.c, keywords[]: other names of what our blocks state. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['challengeresponseauthentication', 'kbdinteractiveauthentication'],
  ['skeyauthentication', 'kbdinteractiveauthentication'],
]);

/**
 * Judges what {@link parseSshdConfig} read. Global values of what our blocks state are no obstacle, because a matching
 * block beats them.
 */
export function judgeSshd(directives: readonly Directive[], customer: Customer): Obstacle[] {
  const others = directives.filter(({ file }) => file !== customer.dropIn);
  return [...judgeReach(directives, customer), ...judgeLogin(others, customer)];
}

function judgeReach(directives: readonly Directive[], customer: Customer): Obstacle[] {
  const including = directives.flatMap((directive, index) => (reaches(directive, customer.dropIn) ? [index] : []));
  const first = including[0];
  if (first === undefined) return [notIncluded(directives, customer)];
  const unconditional = including.find((index) => isAlwaysRead(directives[index], customer));
  if (unconditional === undefined) return directives.slice(first, first + 1).map(includedUnderMatch);
  return readBefore(directives, unconditional, customer)
    .filter(({ file, keyword }) => file !== customer.dropIn && STATED_KEYWORDS.has(ALIASES.get(keyword) ?? keyword))
    .filter(({ match }) => match.length > 0 && matchHolds(match, customer) !== 'never')
    .map((directive) => decidedBefore(directive, customer));
}

const reaches = ({ keyword, args }: Directive, dropIn: string): boolean =>
  keyword === 'include' && args.some((arg) => matchesGlob(dropIn, includePattern(arg)));

/** Whatever stands above it must hold for the customer, and for the name without groups that proves our file is read. */
const isAlwaysRead = (directive: Directive | undefined, customer: Customer): boolean =>
  directive !== undefined &&
  [customer, { groups: [] }].every((login) => matchHolds(directive.match, login) === 'always');

/** What sshd has read by the time it opens our drop-in, whether that stands there already or not. */
function readBefore(directives: readonly Directive[], index: number, { dropIn }: Customer): Directive[] {
  const include = directives[index];
  if (include === undefined) return [];
  const patterns = include.args.map(includePattern);
  const ours = patterns.findIndex((pattern) => matchesGlob(dropIn, pattern));
  const depth = include.via.length;
  const isAfter = (directive: Directive): boolean => {
    const step = directive.via[depth];
    if (step?.file !== include.file || step.line !== include.line) return true;
    const place = patterns.indexOf(step.pattern);
    const file = directive.via[depth + 1]?.file ?? directive.file;
    return place > ours || (place === ours && file >= dropIn);
  };
  const length = directives.slice(index + 1).findIndex(isAfter);
  return length < 0 ? [...directives] : directives.slice(0, index + 1 + length);
}

function notIncluded(directives: readonly Directive[], { dropIn }: Customer): Obstacle {
  const file = directives.find(({ via }) => via.length === 0)?.file ?? SSHD_CONFIG;
  return {
    file,
    line: 1,
    what: '',
    why: `no Include line reaches ${dropIn}`,
    wayOut: `sed -i '1i Include ${dirname(dropIn)}/*.conf' ${file}`,
  };
}

const includedUnderMatch = ({ file, line, text, match }: Directive): Obstacle => ({
  file,
  line,
  what: text,
  why: `it counts only where "Match ${match.at(-1)?.criteria}" of line ${match.at(-1)?.line} does`,
  wayOut: `move the line above the first Match line of ${match[0]?.file}`,
});

const decidedBefore = ({ file, line, text, match }: Directive, customer: Customer): Obstacle => ({
  file,
  line,
  what: text,
  why: `"Match ${match.at(-1)?.criteria}" is read before ours and can hold for ${whom(customer)}`,
  wayOut: `move the block to a file that is read after ours, for instance ${dirname(customer.dropIn)}/90-local.conf`,
});
