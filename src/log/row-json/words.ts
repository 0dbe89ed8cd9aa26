/** Where the words of rows stand in memory, in bytes; see row-words.ts, which writes them there. */

/** What is below is the compiler's. For each word two numbers of 32 bits: where it is, and its length. */
export const WORDS = 16_384;

/** The words, by their number: first those of which there is one. */
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

/** What is behind that is free. */
export const WORDS_END = 65_536;

/** One row as JSON is shorter: what takes most is a name of 1,023 bytes of which each becomes an escape of six. */
export const MOST_OF_A_ROW = 8192;
