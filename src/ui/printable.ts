/** What a terminal could obey, or what changes the order of what it shows; a backslash too, so that it stays unambiguous. */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\\]/gu;

const escaped = (character: string): string =>
  character === '\\' ? '\\\\' : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** Text that somebody else chose, as it can be shown: `\u{1b}` for what could act on a terminal. */
export const printable = (text: string): string => text.replace(ACTIVE, escaped);

/** A value as one line of JSON that no terminal obeys either: JSON itself leaves DEL and the controls above it as they are. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
