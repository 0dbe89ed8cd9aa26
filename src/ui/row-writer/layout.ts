/** Where things are in the memory of the row writer, in bytes; see row-writer.ts, which writes the words there. */

/** What is below is the compiler's. For each word two numbers of 32 bits: where it is, and its length. */
export const WORDS = 16_384;

/** The words of rows, by their number: first those of which there is one. */
export const FIRST = 0;
export const NEXT = 1;
export const READ = 2;
export const WRITTEN = 3;
export const CLOSED = 4;
export const AT = 5;
export const TARGET = 6;
export const QUOTE = 7;
export const SET = 8;
export const END = 9;
export const NULL = 10;
/** Four each, and of the changes eight actions and three statuses. */
export const DIRECTIONS = 11;
export const EXACT = 15;
export const INEXACT = 19;
export const ACTIONS = 23;
export const STATUSES = 31;
/** What a change was answered with, as long as the list of them is. */
export const ERRORS = 34;

/** The bytes of the words. */
export const WORD_BYTES = 17_408;

/** What the stamps of one second begin with. */
export const STAMP = 24_576;

/** What is written goes here, until it is so long. One row takes less than is left behind that. */
export const OUT = 65_536;
export const PORTION = 1_048_576;
export const MOST_OF_A_ROW = 4096;

/** The rows of a session, and behind them its names. */
export const ROWS = OUT + PORTION + MOST_OF_A_ROW;
