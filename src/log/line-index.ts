/**
 * An index has some numbers for each line, one line after the other: first how many, with which message it is and of which
 * host, then these; at the end where each field of the message begins and ends.
 */
export const FROM = 1;
export const END = 2;
export const PID = 3;
export const SECOND = 4;
export const MICROS = 5;
export const FIELDS = 6;

/** No message has more than three fields. */
export const WIDEST = FIELDS + 6;

/** Of a line of another program, or an odd one, only where it is: it is still to be parsed. */
export const UNPARSED = END + 1;

const [LENGTHS, MESSAGES] = [16, 256];

/** @param place of the message among SFTP_MESSAGES. @param host its place in the index */
export const firstOf = (length: number, place: number, host: number): number =>
  length + LENGTHS * (place + MESSAGES * host);
export const lengthOf = (first: number): number => first & (LENGTHS - 1);
export const messageOf = (first: number): number => (first >> 4) & (MESSAGES - 1);
export const hostOf = (first: number): number => first >> 12;

/** In place of a message: of these programs, and the message is still to be read. */
export const SFTP_LINE = MESSAGES - 2;
export const SSHD_LINE = MESSAGES - 1;

/** Of more hosts in one piece the lines are left unparsed. */
export const MOST_HOSTS = 1000;

/** The lines of a piece of a log between its first newline and its last, most of them parsed. */
export interface LineIndex {
  readonly numbers: Int32Array;
  /** How many of the numbers there are. */
  readonly used: number;
  /** Behind the last line that is in it. */
  readonly end: number;
  readonly hosts: readonly string[];
}
