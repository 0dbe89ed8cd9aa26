/** Whether the bytes at both places are the same; up to 7 behind them are looked at, too. */
export function isSame(one: usize, other: usize, length: i32): bool {
  let at = 0;
  for (; at + 8 <= length; at += 8) if (load<u64>(one + at) !== load<u64>(other + at)) return false;
  if (at === length) return true;
  return (load<u64>(one + at) ^ load<u64>(other + at)) << (64 - ((length - at) << 3)) === 0;
}

const NEWLINE = i8x16.splat(0x0a);

/** @returns where the next newline is, `end` or later where there is none */
export function nextNewline(from: usize, end: usize): usize {
  for (let at = from; at < end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), NEWLINE));
    if (found !== 0) return at + ctz(found);
  }
  return end;
}

const SPACE = i8x16.splat(0x20);
const DELETE = i8x16.splat(0x7f);
const QUOTE = i8x16.splat(0x22);
const BACKSLASH = i8x16.splat(0x5c);

/** Whether all of it is ASCII that is seen and stands in JSON as it is. */
export function isPlain(from: usize, to: usize): bool {
  for (let at = from; at < to; at += 16) {
    const bytes = v128.load(at);
    // As signed numbers, in which those with a high bit are below zero.
    let odd = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.lt_s(bytes, SPACE), i8x16.eq(bytes, DELETE)),
        v128.or(i8x16.eq(bytes, QUOTE), i8x16.eq(bytes, BACKSLASH)),
      ),
    );
    const left = <i32>(to - at);
    if (left < 16) odd &= (1 << left) - 1;
    if (odd !== 0) return false;
  }
  return true;
}

/** Of as many digits as there are said to be; -1 where there are others. */
export function digits(from: usize, count: i32): i32 {
  let value = 0;
  for (let at = 0; at < count; at++) {
    const digit = <u32>load<u8>(from + at) - 0x30;
    if (digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
