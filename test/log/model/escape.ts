/** A text of which every character stands for one byte (0 to 255): what a name on disk is. */
export type Bytes = string;

export const bytesOf = (text: string): Bytes => Buffer.from(text, 'utf8').toString('latin1');

const CHARACTER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Characters where the bytes are some, and U+FFFD for each byte that is none. */
export function utf8(bytes: Bytes): string {
  const plain = Buffer.from(bytes, 'latin1').toString('utf8');
  if (bytesOf(plain) === bytes) return plain;
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const found =
      [1, 2, 3, 4].map((size) => characterOf(bytes.slice(at, at + size))).find((one) => one !== null) ?? null;
    text += found ?? '\ufffd';
    at += found === null ? 1 : bytesOf(found).length;
  }
  return text;
}

function characterOf(bytes: Bytes): string | null {
  try {
    return CHARACTER.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return null;
  }
}

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
