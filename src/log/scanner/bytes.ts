import { RETURN } from './ascii';

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
  for (let at = from; at < end; at += 32) {
    const low = i8x16.bitmask(i8x16.eq(v128.load(at), NEWLINE));
    const high = i8x16.bitmask(i8x16.eq(v128.load(at, 16), NEWLINE));
    const found = low | (high << 16);
    if (found !== 0) return at + ctz(found);
  }
  return end;
}

/** Where a line ends of which the newline is there; see lines.ts. */
export function lineEnd(from: usize, newline: usize): usize {
  return newline > from && load<u8>(newline - 1) === RETURN ? newline - 1 : newline;
}
