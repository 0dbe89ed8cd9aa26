import { CHANGE_WIDTH, TRANSFER_WIDTH } from '../row-shape';

/**
 * Where things are in the scanner's memory. Both sides read this file: the scanner, which is compiled to WebAssembly, and
 * who makes use of it. A place is in bytes from the beginning, unless it is said to be one of a slot.
 */

/** So much of a log is scanned at a time. */
export const PIECE = 2_097_152;

/** So many pieces have a slot of their own: some are filled while others are read. */
export const SLOTS = 8;

/** A piece with more lines is scanned in part. */
export const LINES = 65_536;

/** Stretches in a piece, at most. */
export const STRETCHES = 4096;

/** Requests in a piece, at most. */
export const REQUESTS = 32_768;

/** The table of messages, which is handed over at the beginning; see scanner-tables.ts. */
export const PLACES = 65_536;
/** For each kind of field which bytes it consists of: from one to another, so much higher, and one more. */
export const RANGES = PLACES + 4 * 256;
export const RANGE_SIZE = 4;
const MOST_KINDS = 16;
export const MESSAGES = RANGES + RANGE_SIZE * MOST_KINDS;
const MESSAGES_SIZE = 32_768;

/** How many hosts and runs there are: all that a scanner has to know that goes on for another. */
export const HOST_COUNT = MESSAGES + MESSAGES_SIZE;
export const RUN_COUNT = HOST_COUNT + 4;

/** Of each host the length of its name, and the name; so many are told apart. */
export const HOSTS = HOST_COUNT + 8;
export const MOST_HOSTS = 64;
export const HOST_SIZE = 256;
export const HOST_NAME = 8;

/** What only the scanner reads. For each host the place of a stretch. */
export const NOISES = HOSTS + MOST_HOSTS * HOST_SIZE;

/** Of each kind so many, each of that size. */
export const ORIGINS = NOISES + MOST_HOSTS * 4;
export const MOST_ORIGINS = 64;
export const ORIGIN_SIZE = 128;
export const REQUEST_TABLE = ORIGINS + MOST_ORIGINS * ORIGIN_SIZE;
export const REQUEST_SIZE = 96;
export const STRETCH_RECORDS = REQUEST_TABLE + REQUESTS * REQUEST_SIZE;
export const STRETCH_SIZE = 64;
export const RUN_TABLE = STRETCH_RECORDS + STRETCHES * STRETCH_SIZE;
export const RUN_SIZE = 128;
export const RUN_BITS = 17;
export const RUN_PLACES = 1 << RUN_BITS;

export const FIRST_SLOT = RUN_TABLE + RUN_SIZE * RUN_PLACES;

/** At the beginning of a slot: numbers of 32 bits that tell how many of each there are. */
export const LINE_COUNT = 0;
export const STRETCH_COUNT = 1;
/** How many bytes of the piece are of whole lines that were scanned, and how many there are in all. */
export const END = 2;
export const LENGTH = 3;
export const STEP_COUNT = 4;
export const HEAD_WIDTH = 5;

/** In a slot: the bytes of the piece; whoever reads several at once may read some more. */
export const BYTES = 64;

/** In a slot, for each line a number of 32 bits: where it begins. One more tells where the last one ends. */
export const STARTS = BYTES + PIECE + 64;
/** When it was logged, in seconds since 1970, and its fraction in millionths. */
export const SECONDS = STARTS + 4 * (LINES + 16);
export const MICROS = SECONDS + 4 * LINES;
/** The stretch that it is part of; of a line that is to be read for itself one of these two. */
export const PARTS = MICROS + 4 * LINES;
export const UNREAD = -1;
/** Less the place of its entry. */
export const READ_TO_MESSAGE = -2;

/** In a slot: the lines at which more may be to do than to pass them, where every stretch is told at its last line. */
export const STEPS = PARTS + 4 * LINES;

/** In a slot, of lines that are to be read for themselves: what stands before the message, so many numbers of 32 bits. */
export const ENTRIES = STEPS + 4 * LINES;
export const ENTRY_WIDTH = 4;
export const ENTRY_HOST = 0;
export const ENTRY_PROGRAM = 1;
export const ENTRY_PID = 2;
/** Where the message begins. */
export const ENTRY_MESSAGE = 3;

/** In a slot: for each stretch so many doubles. */
export const STRETCH_TABLE = ENTRIES + 4 * ENTRY_WIDTH * LINES;
export const STRETCH_WIDTH = 19;
export const HOST = 0;
export const PID = 1;
export const FIRST_LINE = 2;
export const LAST_LINE = 3;
export const LINE_SUM = 4;
export const FLAGS = 5;
export const TRANSFERS = 6;
export const CHANGES = 7;
/** The first of its rows among all. */
export const TRANSFER_FROM = 8;
export const CHANGE_FROM = 9;
export const NAMES_FROM = 10;
export const NAMES_LENGTH = 11;
export const UPLOADS = 12;
export const DOWNLOADS = 13;
export const BYTES_IN = 14;
export const BYTES_OUT = 15;
export const REMOVED = 16;
/** Removals of which it is not known, and changes that have failed. */
export const UNKNOWN_SUM = 17;
export const FAILED_SUM = 18;

/** Flags of a stretch. */
export const IS_VERBOSE = 1;
/** Its first line may tell of what came before. */
export const LOOKS_BACK = 2;
/** It ends in a change that is done when the next line of the run comes. */
export const LOOKS_AHEAD = 4;
/** What failed in it is known to have, because of a line before it that is printed at VERBOSE. */
export const NEEDS_VERBOSE = 8;
/** It is of no run: what sshd says that is of no consequence. */
export const IS_NOISE = 16;

/** In a slot: rows as TransferRows and ChangeRows keep them, and the names that they speak of. */
export const TRANSFER_TABLE = STRETCH_TABLE + 8 * STRETCH_WIDTH * STRETCHES;
export const CHANGE_TABLE = TRANSFER_TABLE + 8 * TRANSFER_WIDTH * REQUESTS;
export const NAMES = CHANGE_TABLE + 8 * CHANGE_WIDTH * REQUESTS;

/** Each stretch can begin some bytes behind the one before. */
export const SLOT_SIZE = NAMES + PIECE + 8 * STRETCHES + 1024;

/** In pages of 65,536 bytes. */
export const PAGES = ((FIRST_SLOT + SLOTS * SLOT_SIZE) >> 16) + 1;

export function placeOfSlot(slot: number): number {
  return FIRST_SLOT + slot * SLOT_SIZE;
}
