import { visible } from './visible.ts';

/** `figure` is a number in digits, which can begin with a minus and stays as it is. */
export type Cell = string | number | boolean | null | undefined | { figure: string };

/**
 * A row of RFC 4180 without the LF of its CRLF, which the caller adds. What is not known is empty.
 *
 * Control characters in text are escaped with a backslash, and a backslash is doubled. A text that a spreadsheet would
 * take for a formula (one that begins with = + - @) gets an apostrophe in front, and so does one that begins with an
 * apostrophe: without the first apostrophe of a text, it is as it was.
 */
export const csvRow = (cells: readonly Cell[]): string => `${csvCells(cells)}\r`;

export const csvCells = (cells: readonly Cell[]): string => cells.map(field).join(',');

function field(cell: Cell): string {
  if (typeof cell === 'object' && cell !== null) return cell.figure;
  if (typeof cell !== 'string') return String(cell ?? '');
  const shown = visible(cell);
  const harmless = /^[=+\-@'＝＋－＠]/u.test(shown) ? `'${shown}` : shown;
  return /[",]|^ | $/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
