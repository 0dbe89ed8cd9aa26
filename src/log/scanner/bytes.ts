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
