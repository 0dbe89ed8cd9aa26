/** What is known of a line, in this order; of each field of its message where it begins and where it ends. */
export const START = 0;
export const END = 1;
export const MESSAGE = 2;
export const FROM = 3;
export const HOST = 4;
export const PID = 5;
export const SECOND = 6;
export const MICROS = 7;
export const FIELDS = 8;
/** No message has more than three fields. */
export const WIDTH = FIELDS + 6;

/** In place of a message, for a line that is something else or odd: it is still to be parsed. */
export const UNPARSED = -1;

/** The lines of a piece of a log between its first newline and its last, most of them parsed. */
export interface LineIndex {
  /** WIDTH numbers for each line. */
  readonly columns: Int32Array;
  readonly count: number;
  /** Behind the last line that is in it. */
  readonly end: number;
  readonly hosts: readonly string[];
}
