/** A text of which every character stands for one byte (0 to 255): what a name on disk is. */
export type Bytes = string;

export const bytesOf = (text: string): Bytes => Buffer.from(text, 'utf8').toString('latin1');

/** log.c, MSGBUFSIZ: the size of both buffers, with the NUL at the end. */
const BUFFER = 1024;

/** log.c: syslog(pri, "%.500s", fmtbuf). */
export const LONGEST = 500;

const C_STYLE: Record<string, string> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\x07': '\\a',
  '\v': '\\v',
  '\f': '\\f',
  '\\': '\\\\',
};

function escapeByte(byte: string): string {
  const known = C_STYLE[byte];
  if (known !== undefined) return known;
  return byte >= ' ' && byte <= '~' ? byte : `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

/** vis.c, VIS_CSTYLE | VIS_NL | VIS_TAB | VIS_OCTAL. */
export const escaped = (text: Bytes): string => [...text].map(escapeByte).join('');

/** What arrives at syslog of a message: formatted, escaped, then cut, each step with its own limit (log.c, do_log). */
export function asLogged(message: Bytes): string {
  let text = '';
  for (const byte of message.slice(0, BUFFER - 1)) {
    const next = escapeByte(byte);
    if (text.length + next.length > BUFFER - 1) break;
    text += next;
  }
  return text.slice(0, LONGEST);
}

/** The bytes before `escaped`; an escape that was cut in the middle is dropped. */
export function unescaped(text: string): Bytes {
  const letters = Object.fromEntries(Object.entries(C_STYLE).map(([byte, written]) => [written, byte]));
  return text
    .replace(/(^|[^\\])((?:\\\\)*)\\[0-3]?[0-7]?$/, '$1$2')
    .replace(/\\(?:[0-3][0-7][0-7]|.)/g, (written) =>
      /\d/.test(written) ? String.fromCharCode(Number.parseInt(written.slice(1), 8)) : (letters[written] ?? written),
    );
}
