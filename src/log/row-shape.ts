/**
 * How the transfers and changes of a session are told in numbers: TransferRows and ChangeRows keep them so, the scanner
 * makes some, and the row writer writes them as JSON. All of these read this file.
 */

/** Numbers in a row. */
export const TRANSFER_WIDTH = 7;
export const CHANGE_WIDTH = 5;

/** The first number of a row is its rank times this, and below it what is told in words. */
export const TRANSFER_RANK = 64;
export const CHANGE_RANK = 1024;

/** The second is where its name begins times this, and the length of it: a name in a whole line is shorter. */
export const MOST_BYTES = 1024;

/** The places of words among DIRECTIONS and ACTIONS. */
export const UPLOAD = 0;
export const DOWNLOAD = 1;
export const BOTH = 2;
export const NEITHER = 3;
export const REMOVE = 0;
export const RENAME = 1;
export const RMDIR = 3;
export const SYMLINK = 4;
export const HARDLINK = 5;
export const SET = 6;

/** Those among the statuses of a change; `completed` is the first of both kinds. */
export const FAILED = 1;
export const UNKNOWN = 2;
