import { stampOf } from './stamp';
import { NULL, WORDS } from './words';

/** Where the next byte goes. */
export let out: usize = 0;

export function writeFrom(place: usize): void {
  out = place;
}

/** One of the words, by its number. */
export function word(number: i32): void {
  const entry: usize = WORDS + (number << 3);
  ascii(load<u32>(entry), load<i32>(entry + 4));
}

/** Up to fifteen bytes more are written, and overwritten by what follows. */
export function ascii(from: usize, length: i32): void {
  for (let at = 0; at < length; at += 16) v128.store(out + at, v128.load(from + at));
  out += length;
}

export function byte(value: i32): void {
  store<u8>(out++, <u8>value);
}

export function count(value: u64): void {
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

/** NaN is what is not known. */
export function countOrNull(value: f64): void {
  if (isNaN(value)) word(NULL);
  else count(<u64>value);
}

/** Microseconds since 1970, or NaN. */
export function stampOrNull(value: f64): void {
  if (isNaN(value)) word(NULL);
  else out = stampOf(value, out);
}
