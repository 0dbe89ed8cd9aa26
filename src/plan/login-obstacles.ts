import { dirname } from 'node:path';
import type { Directive } from '../conf/sshd.ts';
import { type Chance, matchesPattern, matchesUserAtHost, matchHolds } from '../conf/sshd-match.ts';
import { unmetMethods } from './login-methods.ts';
import { type Customer, type Obstacle, whom } from './obstacle.ts';

/** The directives, none of them ours, that keep a customer from logging in although our block is in effect. */
export const judgeLogin = (directives: readonly Directive[], customer: Customer): Obstacle[] => [
  ...judgeAllowed(directives, customer, 'allowusers'),
  ...judgeAllowed(directives, customer, 'allowgroups'),
  ...judgeDenied(directives, customer, 'denyusers'),
  ...judgeDenied(directives, customer, 'denygroups'),
  ...judgeValue(directives, customer, 'authenticationmethods', ({ args }) => unmetMethods(args, customer)),
  ...judgeValue(directives, customer, 'refuseconnection', ({ args }) =>
    isWord(args, 'yes') ? 'it refuses every login' : null,
  ),
  ...judgeValue(directives, customer, 'maxsessions', ({ args }) =>
    isWord(args, '0') ? 'it refuses every session' : null,
  ),
  ...judgeEnvironment(directives),
];

/**
 * A file of the customer's own, read inside the jail, may set SSH_CONNECTION, from which internal-sftp takes the address
 * that it logs (session.c, do_setup_env; sftp-server.c, sftp_server_main). No block can forbid it: it is global only.
 */
function judgeEnvironment(directives: readonly Directive[]): Obstacle[] {
  const line = directives.find(({ keyword }) => keyword === 'permituserenvironment');
  const [value = 'no'] = line?.args ?? [];
  const opens =
    value.toLowerCase() === 'yes' || value.split(',').some((each) => matchesPattern('SSH_CONNECTION', each));
  const why = 'a customer could forge the address on record, with a file of their own';
  return line && opens
    ? [obstacle(line, why, 'say there what may be set, for instance: PermitUserEnvironment LANG,LC_*')]
    : [];
}

const isWord = ([word]: readonly string[], wanted: string): boolean => word?.toLowerCase() === wanted;

/** The global lines of a keyword, and those of Match blocks that can hold, in reading order. */
function linesOf(directives: readonly Directive[], customer: Customer, keyword: string) {
  const all = directives.filter((directive) => directive.keyword === keyword);
  const chances = new Map(all.map((directive) => [directive, matchHolds(directive.match, customer)]));
  const conditional = all.filter(({ match }) => match.length > 0);
  return {
    global: all.filter(({ match }) => match.length === 0),
    certain: conditional.filter((directive) => chances.get(directive) === 'always'),
    possible: conditional.filter((directive) => chances.get(directive) === 'maybe'),
    conditional: conditional.filter((directive) => chances.get(directive) !== 'never'),
  };
}

/**
 * Lists add up over globals or over all matching blocks, and those of blocks replace the global one (servconf.c,
 * parse_allowdenyusers). So a block that surely holds decides; without one, any that can hold may be the only one.
 */
function listsOf(directives: readonly Directive[], customer: Customer, keyword: string): Directive[][] {
  const { global, certain, possible } = linesOf(directives, customer, keyword);
  if (certain.length > 0) return [certain];
  const blocks = new Map<string, Directive[]>();
  for (const line of possible) {
    const block = JSON.stringify(line.match);
    blocks.set(block, [...(blocks.get(block) ?? []), line]);
  }
  return [global, ...blocks.values()].filter((lines) => lines.length > 0);
}

type ListKeyword = 'allowusers' | 'allowgroups' | 'denyusers' | 'denygroups';

/** auth.c, allowed_user: user patterns may name hosts, group patterns are no lists, and `!` means nothing in either. */
const hits = (keyword: ListKeyword, pattern: string, { user, groups }: Customer): Chance =>
  keyword.endsWith('users')
    ? matchesUserAtHost(user, pattern)
    : groups.some((group) => matchesPattern(group, pattern))
      ? 'always'
      : 'never';

function judgeAllowed(directives: readonly Directive[], customer: Customer, keyword: ListKeyword): Obstacle[] {
  const letsIn = ({ args }: Directive) => args.some((pattern) => hits(keyword, pattern, customer) !== 'never');
  const [files = ''] = customer.groups;
  const wayOut =
    keyword === 'allowgroups'
      ? `add "${files}" to this line`
      : customer.user === undefined
        ? `say who may log in with AllowGroups instead, "${files}" among them`
        : `add "${customer.user}" to this line`;
  return listsOf(directives, customer, keyword)
    .filter((lines) => !lines.some(letsIn))
    .flatMap((lines) => lines.slice(0, 1))
    .map((line) => obstacle(line, `it leaves out ${whom(customer)}`, wayOut));
}

/** Only what shuts a customer out wherever they come from: a list of unwanted addresses is no obstacle. */
const judgeDenied = (directives: readonly Directive[], customer: Customer, keyword: ListKeyword): Obstacle[] =>
  deniedLines(directives, customer, keyword).flatMap((line) => {
    const pattern = line.args.find((arg) => hits(keyword, arg, customer) === 'always');
    if (pattern === undefined) return [];
    return obstacle(line, `"${pattern}" shuts out ${whom(customer)}`, `take "${pattern}" off this line`);
  });

function deniedLines(directives: readonly Directive[], customer: Customer, keyword: ListKeyword): Directive[] {
  const { global, certain, conditional } = linesOf(directives, customer, keyword);
  return certain.length > 0 ? conditional : [...global, ...conditional];
}

/** For what has one value: that of the first block that holds, else the first global one. */
function judgeValue(
  directives: readonly Directive[],
  customer: Customer,
  keyword: string,
  judge: (line: Directive) => string | null,
): Obstacle[] {
  const { global, certain, conditional } = linesOf(directives, customer, keyword);
  const [decisive] = certain;
  const effective = decisive
    ? conditional.slice(0, conditional.indexOf(decisive) + 1)
    : [...conditional, ...global.slice(0, 1)];
  return effective.flatMap((line) => {
    const why = judge(line);
    return why === null ? [] : obstacle(line, why, elsewhere(line, customer));
  });
}

/**
 * What lets a customer in again. Never `any`: OpenSSH 9.2 refuses it in a Match block where a global value stands, and
 * with it the whole configuration.
 */
const LENIENT: Readonly<Record<string, string>> = {
  authenticationmethods: 'publickey password',
  refuseconnection: 'no',
  maxsessions: '10',
};

/** A way out that changes nothing for anybody else: our groups get a block of their own, or are left out of this one. */
function elsewhere({ keyword, match, text }: Directive, { dropIn, groups: [files = ''] }: Customer): string {
  const value = LENIENT[keyword];
  const [name = ''] = text.split(/[\s="]+/).filter((word) => word !== '');
  const inner = match.findLast(({ criteria }) => !/^"?all"?\s*(#|$)/i.test(criteria));
  return inner === undefined
    ? `printf 'Match Group ${files}\\n  ${name} ${value}\\n' >>${dirname(dropIn)}/40-local.conf`
    : `add the criterion "Group !${files},*" to line ${inner.line} of ${inner.file}`;
}

const obstacle = ({ file, line, text }: Directive, why: string, wayOut: string): Obstacle => ({
  file,
  line,
  what: text,
  why,
  wayOut,
});
