/** A statement of rsyslog's configuration that concerns us; names are in lower case. */
export type RsyslogStatement =
  | { kind: 'directive'; line: number; name: string; value: string }
  | { kind: 'object'; line: number; name: string; params: ReadonlyMap<string, string> };

/** lexer.l: what opens a list of name="value" pairs. */
const OBJECTS =
  'main_queue|timezone|parser|global|template|ruleset|property|constant|input|module|lookup_table|dyn_stats|percentile_stats|ratelimit|include|action';

const TOKENS = {
  blank: /[ \t\r\n]+/y,
  comment: /#[^\n]*|\/\*.*?(?:\*\/|$)/sy,
  /** Only where a statement begins: elsewhere `$name` is a variable. */
  directive: /(?<=^[ \t{}]*)\$([a-z]+)([^\n]*)/imy,
  object: new RegExp(`(${OBJECTS})[ \\t\\n]*\\(`, 'iy'),
  /** A file, pipe or remote host takes the rest of its line, whatever stands there. */
  target: /(?:-?\/(?!\*)|[|@])[^\n]*/y,
  text: /"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'/y,
  word: /[\w.*,;:=!+-]+/y,
};
const IN_OBJECT = {
  blank: TOKENS.blank,
  comment: TOKENS.comment,
  pair: /([a-z][a-z0-9_.]*)\s*=\s*(?:"([^"\\]*(?:\\.[^"\\]*)*)"|`([^`]*)`)/isy,
  text: /"[^"\\]*(?:\\.[^"\\]*)*"/sy,
};

/**
 * The `$Name value` lines and `name(key="value" ...)` objects of one file, in order, wherever they stand: rsyslog takes
 * both inside of rules too. Never throws; what rsyslog itself refuses gives what can be made out of it.
 */
export function parseRsyslogStatements(text: string): RsyslogStatement[] {
  const { joined, lineAt } = joinLines(text);
  const statements: RsyslogStatement[] = [];
  let at = 0;

  const take = (token: RegExp): RegExpExecArray | null => {
    token.lastIndex = at;
    const found = token.exec(joined);
    if (found) at += found[0].length;
    return found;
  };

  function params(): Map<string, string> {
    const found = new Map<string, string>();
    while (at < joined.length && joined[at] !== ')') {
      if (take(IN_OBJECT.blank) ?? take(IN_OBJECT.comment)) continue;
      const pair = take(IN_OBJECT.pair);
      if (pair?.[1]) found.set(pair[1].toLowerCase(), (pair[2] ?? pair[3] ?? '').replace(/\\(["'\\?])/g, '$1'));
      else if (!take(IN_OBJECT.text)) at++;
    }
    at++;
    return found;
  }

  while (at < joined.length) {
    const line = lineAt(at);
    if (take(TOKENS.blank) ?? take(TOKENS.comment)) continue;
    const directive = take(TOKENS.directive);
    const object = directive ? null : take(TOKENS.object);
    if (directive) statements.push(directiveOf(line, directive));
    else if (object) statements.push({ kind: 'object', line, name: object[1]?.toLowerCase() ?? '', params: params() });
    else if (!(take(TOKENS.target) ?? take(TOKENS.text) ?? take(TOKENS.word))) at++;
  }
  return statements;
}

/** The value is one word, and what follows it a comment (cfsysline.c). */
function directiveOf(line: number, [, name = '', rest = '']: RegExpExecArray): RsyslogStatement {
  const value = /^\s*([^\s#]\S*)/.exec(rest)?.[1] ?? '';
  return { kind: 'directive', line, name: name.toLowerCase(), value };
}

/** A backslash at the end of a line continues it (rainerscript.c, readConfFile). */
function joinLines(text: string): { joined: string; lineAt: (at: number) => number } {
  const starts: { at: number; line: number }[] = [];
  let joined = '';
  let continuing = false;
  for (const [index, written] of text.split('\n').entries()) {
    const line: string = continuing ? written.trim() : written.trimEnd();
    starts.push({ at: joined.length, line: index + 1 });
    // A blank line does not end a continuation.
    continuing = line === '' ? continuing : line.endsWith('\\');
    joined += line.endsWith('\\') ? line.slice(0, -1) : line;
    if (!continuing) joined += '\n';
  }
  return { joined, lineAt: (at) => starts.findLast((start) => start.at <= at)?.line ?? 1 };
}
