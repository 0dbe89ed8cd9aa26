import { MOST_BYTES, TRANSFER_RANK } from '../row-shape';
import { writeName } from './name';
import { count, countOrNull, stampOrNull, word } from './text';
import { CLOSED, DIRECTIONS, END, EXACT, FIRST, INEXACT, NEXT, READ, WRITTEN } from './words';

/** Larger ones are not exact, or written with an exponent. */
const LARGEST: f64 = 9_007_199_254_740_991;

/**
 * Writes a row of TransferRows as JSON.
 *
 * @param names where the places of names begin
 * @returns where it ends; 0 for one that has more to say, of which something may have been written
 */
export function writeTransfer(row: usize, names: usize, isFirst: bool, out: usize): usize {
  const first = load<f64>(row);
  const read = load<f64>(row + 16);
  const written = load<f64>(row + 24);
  // NaN, which a row has that says nothing, is less than nothing.
  if (!(first >= 0) || read > LARGEST || written > LARGEST) return 0;
  const rank = <u64>first / TRANSFER_RANK;
  const words = <i32>(<u64>first % TRANSFER_RANK);
  const name = <u64>load<f64>(row + 8);
  const from = names + <usize>(name / MOST_BYTES);
  const to = from + <usize>(name % MOST_BYTES);
  let at = word(isFirst ? FIRST : NEXT, out);
  at = count(rank, at);
  at = word(DIRECTIONS + (words >> 4), at);
  at = writeName(from, to, (words & 1) !== 0, at);
  if (at === 0) return 0;
  at = word(READ, at);
  at = countOrNull(read, at);
  at = word(WRITTEN, at);
  at = countOrNull(written, at);
  at = word(((words & 2) === 0 ? INEXACT : EXACT) + ((words >> 2) & 3), at);
  at = stampOrNull(load<f64>(row + 32), at);
  at = word(CLOSED, at);
  at = stampOrNull(load<f64>(row + 40), at);
  return word(END, at);
}
