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
