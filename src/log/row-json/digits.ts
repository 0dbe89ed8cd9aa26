/** What eight digits say, and one more. */
export const EIGHT_DIGITS: u64 = 100_000_000;

/** `00000000` */
const ZEROS: u64 = 0x3030_3030_3030_3030;

/**
 * The eight digits of a number of so many at most, as they stand in memory. Two, four and eight parts of it are computed at
 * a time, beside each other: an hundredth is 10,486 / 2^20 up to 10,000, and a tenth 103 / 2^10 up to 100.
 */
export function eightDigits(value: u64): u64 {
  const fours = value / 10_000 + ((value % 10_000) << 32);
  const hundredths = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
  const twos = hundredths + ((fours - hundredths * 100) << 16);
  const tenths = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
  return ZEROS + tenths + ((twos - tenths * 10) << 8);
}

/** How many zeros stand before a number, of its eight digits; not more than seven. */
export function zerosBefore(digits: u64): i32 {
  return min(7, <i32>(ctz(digits ^ ZEROS) >> 3));
}
