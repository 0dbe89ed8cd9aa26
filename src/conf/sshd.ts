import { type ConfFile, type FilesFor, inOrder } from './glob.ts';
import { type SshdLine, splitSshdLine } from './sshd-lines.ts';

export const SSHD_CONFIG = '/etc/ssh/sshd_config';

/** servconf.c, SERVCONF_MAX_DEPTH. */
const DEEPEST = 16;

interface Place {
  file: string;
  line: number;
}

/** A Match line; `criteria` as written. */
export interface MatchLine extends Place {
  criteria: string;
}

/** An Include line on the way to a file, with the one of its patterns that led there. */
interface IncludeLine extends Place {
  pattern: string;
}

/** A line of the configuration that says something; Match lines show only in what stands below them. */
export interface Directive extends Place {
  /** In lower case, aliases as written. */
  keyword: string;
  args: string[];
  /** The line as written, without the space around it. */
  text: string;
  /** What must hold for it to count, outermost first; empty means global. */
  match: readonly MatchLine[];
  /** How its file was reached from the main file, outermost first; empty means it stands in the main file. */
  via: readonly IncludeLine[];
}

/** The absolute pattern that an argument of Include stands for. */
export const includePattern = (arg: string): string => (/^[/~]/.test(arg) ? arg : `/etc/ssh/${arg}`);

/**
 * Every directive in the order in which sshd reads it, included files in place. Among globals the first value counts,
 * among matching Match blocks too, and those beat the globals (servconf.c, parse_server_match_config).
 *
 * Never throws: a text that sshd refuses gives what can be made out of it, and ends where sshd would give up because
 * files include one another too deep.
 */
export function parseSshdConfig(main: ConfFile, filesFor: FilesFor): Directive[] {
  const directives: Directive[] = [];
  let gaveUp = false;

  function read({ file, text }: ConfFile, outer: readonly MatchLine[], via: readonly IncludeLine[]): void {
    gaveUp ||= via.length > DEEPEST;
    let match = outer;
    for (const [index, written] of text.split('\n').entries()) {
      if (gaveUp) return;
      const split = splitSshdLine(written);
      const line = index + 1;
      if (split?.keyword === 'match') match = [...outer, { file, line, criteria: split.rest }];
      else if (split) take({ file, line, ...wordsOf(split), text: written.trim(), match, via });
    }
  }

  function take(directive: Directive): void {
    directives.push(directive);
    if (directive.keyword !== 'include') return;
    const { file, line, match, via } = directive;
    for (const pattern of directive.args.map(includePattern))
      for (const included of inOrder(filesFor(pattern))) read(included, match, [...via, { file, line, pattern }]);
  }

  read(main, [], []);
  return directives;
}

const wordsOf = ({ keyword, args }: SshdLine) => ({ keyword, args });

/**
 * What `sshd -T` printed: keyword in lower case to its values in order, each the rest of a line. `port`, `listenaddress`,
 * `subsystem`, `allowusers` and their like have one for every line.
 */
export function parseEffective(text: string): Map<string, string[]> {
  const effective = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, keyword, value = ''] = /^([A-Za-z0-9]+)(?: (.*))?$/.exec(line.trim()) ?? [];
    if (keyword === undefined) continue;
    effective.set(keyword.toLowerCase(), [...(effective.get(keyword.toLowerCase()) ?? []), value]);
  }
  return effective;
}
