import { readSync } from 'node:fs';
import { LONGEST_LINE } from '../log/lines.ts';
import { Mentions } from '../log/mentions.ts';
import type { Nearby, Piece } from '../log/sources.ts';

/** A log is searched in sections of so many bytes. */
const SECTION = LONGEST_LINE;

/** What one thread finds in a file from its end on, while another reads it from its beginning. */
export interface Search {
  fd: number;
  user: string;
  /** The bytes of a section. */
  section: number;
  /** For each section, in shared memory, whether the user is named neither in it nor across its bounds. */
  isFree: Uint8Array;
  /** One number, in shared memory: the section that the other thread has come to. */
  reached: Int32Array;
}

/** @param section for tests: at least as long as a line */
export const newSearch = (fd: number, size: number, user: string, section = SECTION): Search => ({
  ...{ fd, user, section },
  // The last one may grow, and nobody passes over it.
  isFree: new Uint8Array(new SharedArrayBuffer(Math.max(0, Math.floor(size / section) - 1))),
  reached: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
});

/** Searches from the end on, until it meets the other thread. */
export function scout({ fd, user, section, isFree, reached }: Search): void {
  const mentions = new Mentions(user);
  const { longest } = mentions;
  const bytes = mentions.room(section + 2 * longest);
  for (let place = isFree.length - 1; place > Atomics.load(reached, 0); place--) {
    const from = place * section - longest;
    const length = from < 0 ? 0 : readSync(fd, bytes, 0, bytes.length, from);
    if (length === bytes.length && mentions.next(bytes.subarray(), 0) === Infinity) isFree[place] = 1;
  }
}

/** Reads from the beginning on what the search leaves to be read. What is not known yet is read, so nothing depends on it. */
export function* piecesOf(
  search: Search,
  { mayPassOver, room }: Nearby,
  onRead: (bytes: number) => void,
): Generator<Piece> {
  const { fd, section, reached } = search;
  const bytes = room(section);
  for (let position = 0; ; ) {
    const place = Math.floor(position / section);
    Atomics.store(reached, 0, place);
    const isAtBound = position === place * section;
    const passedOver = isAtBound && mayPassOver() ? (firstToRead(search, place) - place) * section : 0;
    if (passedOver > 0) onRead(passedOver);
    position += passedOver;
    const length = readSync(fd, bytes, 0, section, position);
    if (length === 0) return;
    position += length;
    onRead(length);
    yield { bytes: bytes.subarray(0, length), scanned: null, ...(passedOver > 0 && { isApart: true }) };
  }
}

/**
 * The first section from there on that has to be read. A line that names somebody in one may begin in the section before,
 * and the newline in front of it stand in the one before that: no line is longer than a section.
 */
function firstToRead({ isFree }: Search, place: number): number {
  let first = place;
  while (isFree[first] === 1 && isFree[first + 1] === 1 && isFree[first + 2] === 1) first++;
  return first;
}
