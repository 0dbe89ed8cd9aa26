import { EIGHT_DIGITS, eightDigits, zerosBefore } from './digits';
import { stampOf } from './stamp';
import { NULL, WORDS } from './words';

// Each of these writes to a place, and returns where what it has written ends.

/** One of the words, by its number. */
export function word(number: i32, out: usize): usize {
  const entry: usize = WORDS + (number << 3);
  return ascii(load<u32>(entry), load<i32>(entry + 4), out);
}

/** Up to fifteen bytes more are written, and overwritten by what follows. */
export function ascii(from: usize, length: i32, out: usize): usize {
  for (let at = 0; at < length; at += 16) v128.store(out + at, v128.load(from + at));
  return out + length;
}

export function byte(value: i32, out: usize): usize {
  store<u8>(out, <u8>value);
  return out + 1;
}

export function count(value: u64, out: usize): usize {
  if (value < EIGHT_DIGITS) return shortCount(value, out);
  const high = value / EIGHT_DIGITS;
  const end = high < EIGHT_DIGITS ? shortCount(high, out) : count(high, out);
  store<u64>(end, eightDigits(value % EIGHT_DIGITS));
  return end + 8;
}

function shortCount(value: u64, out: usize): usize {
  const digits = eightDigits(value);
  const zeros = zerosBefore(digits);
  store<u64>(out, digits >> (zeros << 3));
  return out + 8 - zeros;
}

/** NaN is what is not known. */
export function countOrNull(value: f64, out: usize): usize {
  return isNaN(value) ? word(NULL, out) : count(<u64>value, out);
}

/** Microseconds since 1970, or NaN. */
export function stampOrNull(value: f64, out: usize): usize {
  return isNaN(value) ? word(NULL, out) : stampOf(value, out);
}
