import { CHANGE_RANK, HARDLINK, MOST_BYTES, RENAME, SYMLINK } from '../row-shape';
import { writeName } from './name';
import { ascii, count, stampOrNull, word } from './text';
import { ACTIONS, AT, END, ERRORS, FIRST, NEXT, QUOTE, SET, STATUSES, TARGET } from './words';

/** As writeTransfer, of a row of ChangeRows. */
export function writeChange(row: usize, names: usize, isFirst: bool, out: usize): usize {
  const first = load<f64>(row);
  if (!(first >= 0)) return 0;
  const rank = <u64>first / CHANGE_RANK;
  const words = <i32>(<u64>first % CHANGE_RANK);
  const action = (words >> 3) & 7;
  const isPlain = (words & 1) !== 0;
  const hasTwo = action === RENAME || action === HARDLINK || action === SYMLINK;
  const name = <u64>load<f64>(row + 8);
  const from = names + <usize>(name / MOST_BYTES);
  const to = from + <usize>(name % MOST_BYTES);
  const middle = hasTwo ? quoteIn(from, to) : to;
  const second = middle + BETWEEN_LENGTH;
  // OpenSSH does not escape quotes: with others in it there may be several readings.
  if (hasTwo && (second > to || !isBetween(middle) || quoteIn(second, to) !== to)) return 0;
  // What a symlink was made of stands first there, and it itself second.
  const isSwapped = action === SYMLINK;
  const path = isSwapped ? second : from;
  const pathEnd = isSwapped ? to : middle;
  let at = word(isFirst ? FIRST : NEXT, out);
  at = count(rank, at);
  at = word(AT, at);
  at = stampOrNull(load<f64>(row + 16), at);
  at = word(ACTIONS + action, at);
  at = writeName(path, pathEnd, isPlain, at);
  if (at === 0) return 0;
  at = word(STATUSES + ((words >> 1) & 3), at);
  if (hasTwo) {
    at = word(TARGET, at);
    at = writeName(isSwapped ? from : second, isSwapped ? middle : to, isPlain, at);
    if (at === 0) return 0;
    at = word(QUOTE, at);
  }
  const set = <u64>load<f64>(row + 24);
  if (set !== 0) {
    at = word(SET, at);
    at = ascii(names + <usize>(set / MOST_BYTES), <i32>(set % MOST_BYTES), at);
  }
  const error = words >> 6;
  if (error !== 0) at = word(ERRORS + error - 1, at);
  return word(END, at);
}

/** `" new "`: its first four bytes, and its last. */
const BETWEEN_LENGTH: usize = 7;
const NEW_: u32 = 0x656e_2022;
const W_QUOTE: u32 = 0x2220_7765;

function isBetween(at: usize): bool {
  return load<u32>(at) === NEW_ && load<u32>(at + 3) === W_QUOTE;
}

function quoteIn(from: usize, to: usize): usize {
  for (let at = from; at < to; at++) if (load<u8>(at) === 0x22) return at;
  return to;
}
