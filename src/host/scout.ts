import { readSync } from 'node:fs';
import { Mentions } from '../log/mentions.ts';

/** A log is searched in sections of so many bytes. */
export const SECTION = 1_048_576;

/** What one thread finds in a file from its end on, while another reads it from its beginning. */
export interface Search {
  fd: number;
  user: string;
  /** For each section, in shared memory, whether the user is named neither in it nor across its bounds. */
  isFree: Uint8Array;
  /** One number, in shared memory: the section that the other thread has come to. */
  reached: Int32Array;
}

export const newSearch = (fd: number, size: number, user: string): Search => ({
  ...{ fd, user },
  // The last one may grow, and nobody passes over it.
  isFree: new Uint8Array(new SharedArrayBuffer(Math.max(0, Math.floor(size / SECTION) - 1))),
  reached: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
});

export function scout({ fd, user, isFree, reached }: Search): void {
  const mentions = new Mentions(user);
  const { longest } = mentions;
  const bytes = Buffer.allocUnsafeSlow(SECTION + 2 * longest);
  for (let section = isFree.length - 1; section > Atomics.load(reached, 0); section--) {
    const from = section * SECTION - longest;
    const length = readSync(fd, bytes, 0, bytes.length, from);
    if (length === bytes.length && mentions.next(bytes.subarray(), 0) === Infinity) isFree[section] = 1;
  }
}

/** The first section from there on that has to be read: behind it, or in the line that begins in it, somebody is named. */
export function firstToRead({ isFree }: Search, section: number): number {
  let first = section;
  while (isFree[first] === 1 && isFree[first + 1] === 1) first++;
  return first;
}
