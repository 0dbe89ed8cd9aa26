const BLANK = ' \t\r\n';

/** One line of sshd_config, split as sshd splits it. */
export interface SshdLine {
  keyword: string;
  args: string[];
  /** What follows the keyword, as written. */
  rest: string;
}

/** @returns null for a line that sshd passes over. Source: servconf.c, process_server_config_line_depth. */
export function splitSshdLine(line: string): SshdLine | null {
  const text = line.replace(/^[ \t\r]+/, '').replace(/[ \t\r\n\f]+$/, '');
  let taken = takeKeyword(text);
  if (taken?.keyword === '') taken = takeKeyword(taken.rest);
  if (taken === null || taken.keyword === '' || taken.keyword.startsWith('#')) return null;
  return { keyword: taken.keyword.toLowerCase(), args: splitWords(taken.rest), rest: taken.rest };
}

/** misc.c, strdelim: one `=` may stand for the space, and quotes may surround the keyword. */
function takeKeyword(text: string): { keyword: string; rest: string } | null {
  const end = text.search(/[ \t\r\n"=]/);
  if (end < 0) return { keyword: text, rest: '' };
  if (text[end] === '"') {
    const unquoted = text.slice(0, end) + text.slice(end + 1);
    const closing = unquoted.indexOf('"', end);
    return closing < 0 ? null : { keyword: unquoted.slice(0, closing), rest: skipBlank(unquoted.slice(closing + 1)) };
  }
  const rest = skipBlank(text.slice(end + 1));
  const equalsFollows = text[end] !== '=' && rest.startsWith('=');
  return { keyword: text.slice(0, end), rest: equalsFollows ? skipBlank(rest.slice(1)) : rest };
}

function skipBlank(text: string): string {
  let start = 0;
  while (start < text.length && BLANK.includes(text.charAt(start))) start++;
  return text.slice(start);
}

const WORD = /(?:\\['"\\ ]|"(?:\\['"\\]|[^"])*"?|'(?:\\['"\\]|[^'])*'?|[^ \t])+/y;
const PIECE = /"((?:\\['"\\]|[^"])*)"?|'((?:\\['"\\]|[^'])*)'?|\\(['"\\ ])|(.)/gs;

/** misc.c, argv_split: words with quotes and backslashes taken off, up to a word that begins with `#`. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < text.length) {
    const next = text.charAt(at);
    if (next === '#') break;
    if (next === ' ' || next === '\t') {
      at++;
      continue;
    }
    WORD.lastIndex = at;
    const word = WORD.exec(text)?.[0] ?? next;
    at += word.length;
    words.push(plain(word));
  }
  return words;
}

const plain = (word: string): string =>
  word.replace(PIECE, (_, double, single, escaped, other) =>
    double === undefined && single === undefined
      ? (escaped ?? other)
      : String(double ?? single).replace(/\\(['"\\])/g, '$1'),
  );
