/** The escapes that OpenSSH's log.c writes (vis(3) with VIS_CSTYLE, VIS_OCTAL): undone here, and nowhere else. */
const C_ESCAPES: Readonly<Record<string, number>> = {
  '\\': 0x5c,
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
};

const PLAIN = /^[\x20-\x5b\x5d-\x7e]*$/;
const ESCAPE = /\\(?:([0-7]{3})|([\\abfnrtv]))/g;
/** What the cut of a line can leave of an escape. */
const CUT_ESCAPE = /(?:^|[^\\])(?:\\\\)*(\\[0-7]{0,2})$/;

/** A path of a log line, readable. */
export interface DecodedPath {
  path: string;
  /** As it was escaped, where it is no UTF-8. */
  pathRaw?: string;
}

/**
 * A path as OpenSSH escaped it -> the path. Each byte that is no UTF-8 becomes U+FFFD, and `pathRaw` tells it exactly.
 *
 * @param escaped one character for each byte of the line
 */
export function decodePath(escaped: string): DecodedPath {
  if (PLAIN.test(escaped)) return { path: escaped };
  const { text, valid } = fromUtf8(unescapeBytes(escaped));
  return valid ? { path: text } : { path: text, pathRaw: escaped };
}

/** The same of a path that was cut: what was left of its last escape and of its last character goes. */
export function decodeCutPath(escaped: string): DecodedPath {
  const whole = withoutCutEscape(escaped);
  if (PLAIN.test(whole)) return { path: whole };
  const bytes = unescapeBytes(whole);
  const { text, valid } = fromUtf8(bytes.subarray(0, lastWholeCharacter(bytes)));
  return valid ? { path: text } : { path: text, pathRaw: whole };
}

export function withoutCutEscape(escaped: string): string {
  const left = CUT_ESCAPE.exec(escaped)?.[1];
  return left === undefined ? escaped : escaped.slice(0, -left.length);
}

/** Whether a message ends in the middle of an escape, as only a cut can make it. */
export const endsInCutEscape = (escaped: string): boolean => CUT_ESCAPE.test(escaped);

export function unescapeBytes(escaped: string): Buffer {
  const plain = escaped.replace(ESCAPE, (_, octal: string | undefined, letter: string) =>
    String.fromCharCode(octal === undefined ? (C_ESCAPES[letter] ?? 0) : Number.parseInt(octal, 8)),
  );
  return Buffer.from(plain, 'latin1');
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function fromUtf8(bytes: Uint8Array): { text: string; valid: boolean } {
  try {
    return { text: decoder.decode(bytes), valid: true };
  } catch {
    return { text: readable(bytes), valid: false };
  }
}

/** Each bad byte as one U+FFFD; a decoder of the platform makes one of several. */
function readable(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const length = characterLength(bytes, at);
    text += length === 0 ? '\ufffd' : decoder.decode(bytes.subarray(at, at + length));
    at += length || 1;
  }
  return text;
}

/** How many bytes the UTF-8 character here has, 0 where there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    try {
      decoder.decode(bytes.subarray(at, at + length));
      return length;
    } catch {
      // One byte more may complete it.
    }
  }
  return 0;
}

/** Where the last character begins if it is not all there, else the end. */
function lastWholeCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) break;
    if (byte >= 0xc2) {
      const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needs > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}
