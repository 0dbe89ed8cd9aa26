import { writeSync } from 'node:fs';
import { isErrno } from '../errors.ts';

/** Where words go: results to stdout, everything else to stderr. */
export interface Say {
  /** What was asked for. */
  result(text: string): void;
  /** What is going on; silent with --quiet. */
  note(text: string): void;
  /** What should not be overlooked, even with --quiet. */
  warn(text: string): void;
  /** What the operator is asked to agree to. */
  show(lines: readonly string[]): void;
}

const [STDOUT, STDERR] = [1, 2];

/** Those whose reader has closed them. */
const closed = new Set<number>();

/** Whether anybody reads what is printed: whoever closed stdout early, as `head` does, has seen enough. */
export const someoneReads = (): boolean => !closed.has(STDOUT);

/** Writes to stdout, and has written when it returns: what is printed faster than it is read waits, and fills no memory. */
export const print = (text: string | Uint8Array): void => write(STDOUT, text);

/** The same to stderr. */
export const printError = (text: string): void => write(STDERR, text);

/** Without a stream: making one takes longer than all that refresh-links does. */
function write(descriptor: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let written = 0; written < bytes.length && !closed.has(descriptor); ) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if (isErrno(error, 'EPIPE')) closed.add(descriptor);
      // Somebody who shares the pipe has made it non-blocking.
      else if (isErrno(error, 'EAGAIN')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      else throw error;
    }
  }
}

export const openSay = ({ quiet }: { quiet: boolean }): Say => ({
  result: (text) => print(`${text}\n`),
  note(text) {
    if (!quiet) printError(`${text}\n`);
  },
  warn: (text) => printError(`sftpjail: warning: ${text}\n`),
  show: (lines) => printError(lines.map((line) => `${line}\n`).join('')),
});
