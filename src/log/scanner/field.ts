import { RANGE_SIZE, RANGES } from './layout';

/** Where a field of a kind begins that ends there. */
export function fieldStart(start: usize, end: usize, kind: i32): usize {
  const range: usize = RANGES + RANGE_SIZE * kind;
  const least = v128.load_splat<u8>(range);
  const span = v128.load_splat<u8>(range, 1);
  const other = v128.load_splat<u8>(range, 2);
  for (let at = end; at > start; at -= 16) {
    const bytes = v128.load(at - 16);
    const isIn = v128.or(i8x16.le_u(i8x16.sub(bytes, least), span), i8x16.eq(bytes, other));
    const beyond = i8x16.bitmask(isIn) ^ 0xffff;
    if (beyond !== 0) return max(start, at + 16 - clz(beyond));
  }
  return start;
}
