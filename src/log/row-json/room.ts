import { MOST_OF_A_ROW, WORDS_END } from './words';

/** Where things are in the memory of the row writer, in bytes: rows come in here, and their JSON goes out. */

/** What is written goes here, until it is so long. One row takes less than is left behind that. */
export const OUT = WORDS_END;
export const PORTION = 1_048_576;

/** The names of a session, and behind them its rows. */
export const NAMES = OUT + PORTION + MOST_OF_A_ROW;
