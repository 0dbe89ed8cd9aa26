/** What a message of the table is, most of them to a run; the numbers stand in the table too. */
export const ASKED = 1;
export const STATUS = 2;
export const OPEN = 3;
export const CLOSE = 4;
export const CHANGE = 5;
export const SET = 6;
export const BEGIN = 7;
export const FINISH = 8;
/** It is sshd's, and of no consequence. */
export const NOISE = 9;

/** Which program wrote a line. */
export const OTHER = 0;
export const SFTP = 1;
export const SSHD = 2;

/** Of a status: it says nothing, or it proves that the request before failed; above these bits its place among ERRORS. */
export const IS_EMPTY = 1;
export const IS_PROOF = 2;
export const ERROR_BITS = 2;

/** Of a `set`: which attribute. */
export const MODE = 1;
export const TIME = 2;
