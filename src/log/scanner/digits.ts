/** `00000000` */
const ZEROS: u64 = 0x3030_3030_3030_3030;
const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
/** What makes `9` the last that keeps its high half. */
const SIX: u64 = 0x0606_0606_0606_0606;

/** Of eight bytes of the log how many are digits, up to the first that is none. */
export function digitsIn(eight: u64): i32 {
  const others = ((eight & HIGH) ^ ZEROS) | (((eight + SIX) & HIGH) ^ ZEROS);
  return <i32>(ctz(others) >> 3);
}

/** What the first of eight bytes say, which are digits: from one to eight. */
export function numberOf(eight: u64, length: i32): u64 {
  const used = length << 3;
  const digits = (eight << (64 - used)) | (length < 8 ? ZEROS >> used : 0);
  // Two, four and eight of them at a time, beside each other.
  const twos = (digits - ZEROS) * 10 + ((digits - ZEROS) >> 8);
  const outer = (twos & 0xff_0000_00ff) * 0xf_4240_0000_0064;
  const inner = ((twos >> 16) & 0xff_0000_00ff) * 0x2710_0000_0001;
  return (outer + inner) >> 32;
}

/** @returns -1 where there are others */
export function sixDigits(from: usize): i32 {
  const eight = load<u64>(from);
  return digitsIn(eight) >= 6 ? <i32>numberOf(eight, 6) : -1;
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
