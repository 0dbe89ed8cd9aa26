/** OpenSSH cuts a line at 500 bytes, anywhere: what such a line still tells of the name in it. */

/** Matches every beginning of a text: words stand for themselves, `[…]*` for any number of such characters. */
function beginningOf(...parts: string[]): RegExp {
  const units = parts.flatMap((part) => (part.startsWith('[') ? [part] : [...part]));
  const nested = units.reduceRight(
    (rest, unit) => (unit.startsWith('[') ? `${unit}${rest}` : `(?:${unit}${rest})?`),
    '',
  );
  return new RegExp(`^${nested}$`);
}

/** What follows the name in a line that opens a file, and in one that closes it. */
const AFTER_OPEN = beginningOf('" flags ', '[A-Z,]*', ' mode 0', '[0-7]*');
const AFTER_CLOSE = beginningOf('" bytes read ', '[0-9]*', ' written ', '[0-9]*');

/** Behind the name at least a quote and a space stand before the two kinds of lines differ. */
const ALIKE = '" ';

/**
 * Whether a line that opens and one that closes can speak of one file, where one of them at least was cut.
 *
 * @param opened the name, or all that follows its quote in a line that was cut; so is `closed`
 */
export function mayBeOne(opened: string, isOpenCut: boolean, closed: string, isCloseCut: boolean): boolean {
  if (!isCloseCut) return opened.startsWith(closed) && isAfter(AFTER_OPEN, opened, closed.length);
  if (!isOpenCut)
    // The last line of a log can end anywhere.
    return opened.startsWith(closed) || (closed.startsWith(opened) && isAfter(AFTER_CLOSE, closed, opened.length));
  return nameOfBoth(opened, closed) !== undefined;
}

/** Not nothing: a line of which nothing is left behind the name lacks its quote too, and the name goes on. */
const isAfter = (rest: RegExp, text: string, length: number): boolean =>
  text.length > length && rest.test(text.slice(length));

/**
 * The name in two lines that were cut and are of one file: told where they differ, for there the name has ended.
 *
 * @returns null where it does not show, undefined where they cannot be of one file
 */
export function nameOfBoth(opened: string, closed: string): string | null | undefined {
  const same = commonLength(opened, closed);
  if (same === Math.min(opened.length, closed.length)) return null;
  const end = same - ALIKE.length;
  return isAfter(AFTER_OPEN, opened, end) && isAfter(AFTER_CLOSE, closed, end) ? opened.slice(0, end) : undefined;
}

export function commonLength(one: string, other: string): number {
  const least = Math.min(one.length, other.length);
  let same = 0;
  while (same < least && one.charCodeAt(same) === other.charCodeAt(same)) same++;
  return same;
}

/** The ways a file was opened for, by what is left of its flags: sftp-server prints READ first, then WRITE. */
export function waysLeft(opened: string, name: string): { reads: boolean; writes: boolean } | null {
  const flags = /^" flags ([A-Z,]*)( ?)/.exec(opened.slice(name.length));
  const [, left = '', end = ''] = flags ?? [];
  if (left.startsWith('W')) return { reads: false, writes: true };
  if (/^[ACTE]/.test(left) || (left === '' && end !== '')) return { reads: false, writes: false };
  if (left === 'READ' && end !== '') return { reads: true, writes: false };
  const next = /^READ,(.)/.exec(left)?.[1];
  return next === undefined ? null : { reads: true, writes: next === 'W' };
}
