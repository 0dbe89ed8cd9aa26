import { isSame } from '../scanner/bytes';
import { NEEDLE } from './room';

/**
 * Looks for the needle sixteen places at a time, by two of its bytes. This folder is AssemblyScript: the syntax of TypeScript
 * with the numbers of WebAssembly.
 *
 * @param to where what is searched ends. @param length of the needle
 * @param rare which of its bytes is looked for beside the first
 * @returns where it begins, -1 where there is none
 */
export function find(from: i32, to: i32, length: i32, rare: i32): i32 {
  const first = v128.load_splat<u8>(NEEDLE);
  const other = v128.load_splat<u8>(NEEDLE + rare);
  const last = to - length;
  for (let at = from; at <= last; at += 16) {
    const isFirst = i8x16.eq(v128.load(at), first);
    const isOther = i8x16.eq(v128.load(at + rare), other);
    for (let found = i8x16.bitmask(v128.and(isFirst, isOther)); found !== 0; found &= found - 1) {
      const place = at + ctz(found);
      if (place > last) return -1;
      if (isSame(place, NEEDLE, length)) return place;
    }
  }
  return -1;
}
