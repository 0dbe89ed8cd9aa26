import {
  CHANGE_RANK,
  CHANGE_WIDTH,
  HARDLINK,
  MOST_BYTES,
  RENAME,
  SYMLINK,
  TRANSFER_RANK,
  TRANSFER_WIDTH,
} from '../../log/row-shape';
import {
  ACTIONS,
  AT,
  CLOSED,
  DIRECTIONS,
  END,
  ERRORS,
  EXACT,
  FIRST,
  INEXACT,
  NEXT,
  NULL,
  OUT,
  PORTION,
  QUOTE,
  READ,
  ROWS,
  SET,
  STATUSES,
  TARGET,
  WORDS,
  WRITTEN,
} from './layout';
import { stampOf } from './stamp';

const TRANSFER_SIZE = TRANSFER_WIDTH * 8;
const CHANGE_SIZE = CHANGE_WIDTH * 8;

/** Larger ones are not exact, or written with an exponent. */
const LARGEST: f64 = 9_007_199_254_740_991;

/** Where the next byte goes. */
let out: usize = 0;
let names: usize = 0;

/**
 * Writes transfers as JSON, from a place on, until there are no more, or no room, or one that has more to say than its row.
 * This folder is AssemblyScript: the syntax of TypeScript with the numbers of WebAssembly.
 *
 * @returns the place of the next
 */
export function writeTransfers(place: i32, count: i32, from: usize): i32 {
  begin(from, ROWS + count * TRANSFER_SIZE);
  let next = place;
  while (next < count && hasRoom() && writeTransfer(next)) next++;
  return next;
}

/** The same of changes. */
export function writeChanges(place: i32, count: i32, from: usize): i32 {
  begin(from, ROWS + count * CHANGE_SIZE);
  let next = place;
  while (next < count && hasRoom() && writeChange(next)) next++;
  return next;
}

/** Where what was written ends. */
export function end(): usize {
  return out;
}

function begin(from: usize, namesFrom: usize): void {
  out = from;
  names = namesFrom;
}

const FULL: usize = OUT + PORTION;

function hasRoom(): bool {
  return out < FULL;
}

function field(row: usize, place: i32): f64 {
  return load<f64>(row + (place << 3));
}

function writeTransfer(place: i32): bool {
  const row: usize = ROWS + place * TRANSFER_SIZE;
  const first = field(row, 0);
  const read = field(row, 2);
  const written = field(row, 3);
  // NaN, which a row has that says nothing, is less than nothing.
  if (!(first >= 0) || read > LARGEST || written > LARGEST) return false;
  const rank = <u64>first / TRANSFER_RANK;
  const words = <i32>(<u64>first % TRANSFER_RANK);
  if ((words & 1) === 0) return false;
  word(place === 0 ? FIRST : NEXT);
  count(rank);
  word(DIRECTIONS + (words >> 4));
  const name = <u64>field(row, 1);
  ascii(names + <usize>(name / MOST_BYTES), <i32>(name % MOST_BYTES));
  word(READ);
  countOrNull(read);
  word(WRITTEN);
  countOrNull(written);
  word(((words & 2) === 0 ? INEXACT : EXACT) + ((words >> 2) & 3));
  stamp(field(row, 4));
  word(CLOSED);
  stamp(field(row, 5));
  word(END);
  return true;
}

function writeChange(place: i32): bool {
  const row: usize = ROWS + place * CHANGE_SIZE;
  const first = field(row, 0);
  if (!(first >= 0)) return false;
  const rank = <u64>first / CHANGE_RANK;
  const words = <i32>(<u64>first % CHANGE_RANK);
  const action = (words >> 3) & 7;
  const hasTwo = action === RENAME || action === HARDLINK;
  if (action === SYMLINK || (!hasTwo && (words & 1) === 0)) return false;
  const name = <u64>field(row, 1);
  const from = names + <usize>(name / MOST_BYTES);
  const to = from + <usize>(name % MOST_BYTES);
  const middle = hasTwo ? plainEnd(from, to) : to;
  const target = middle + BETWEEN_LENGTH;
  if (hasTwo && (target > to || !isBetween(middle) || plainEnd(target, to) !== to)) return false;
  word(place === 0 ? FIRST : NEXT);
  count(rank);
  word(AT);
  stamp(field(row, 2));
  word(ACTIONS + action);
  ascii(from, <i32>(middle - from));
  word(STATUSES + ((words >> 1) & 3));
  if (hasTwo) {
    word(TARGET);
    ascii(target, <i32>(to - target));
    word(QUOTE);
  }
  const set = <u64>field(row, 3);
  if (set !== 0) {
    word(SET);
    ascii(names + <usize>(set / MOST_BYTES), <i32>(set % MOST_BYTES));
  }
  const error = words >> 6;
  if (error !== 0) word(ERRORS + error - 1);
  word(END);
  return true;
}

/** `" new "`: its first four bytes, and its last. */
const BETWEEN_LENGTH: usize = 7;
const NEW_: u32 = 0x656e_2022;
const W_QUOTE: u32 = 0x2220_7765;

function isBetween(at: usize): bool {
  return load<u32>(at) === NEW_ && load<u32>(at + 3) === W_QUOTE;
}

/** Where the first byte is that does not stand in JSON as it is. */
function plainEnd(from: usize, to: usize): usize {
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c) return at;
  }
  return to;
}

function word(place: i32): void {
  const entry: usize = WORDS + (place << 3);
  ascii(load<u32>(entry), load<i32>(entry + 4));
}

/** Up to fifteen bytes more are written, and overwritten by what follows. */
function ascii(from: usize, length: i32): void {
  for (let at = 0; at < length; at += 16) {
    store<u64>(out + at, load<u64>(from + at));
    store<u64>(out + at + 8, load<u64>(from + at + 8));
  }
  out += length;
}

function countOrNull(value: f64): void {
  if (isNaN(value)) word(NULL);
  else count(<u64>value);
}

function count(value: u64): void {
  let digits = 1;
  for (let limit: u64 = 10; value >= limit; limit *= 10) digits++;
  let rest = value;
  for (let at = out + digits - 1; at >= out; at--) {
    const tenth = rest / 10;
    store<u8>(at, <u8>(0x30 + rest - tenth * 10));
    rest = tenth;
  }
  out += digits;
}

function stamp(value: f64): void {
  if (isNaN(value)) word(NULL);
  else out = stampOf(value, out);
}
