import { COLON, DASH, DOT, T } from './ascii';
import { digits } from './digits';

/** `2026-11-20T17:16:16.` */
export const TO_FRACTION = 20;

/** The second that was read last, as it stands there: its first eight bytes, the next, and the last three with a dot. */
let early: u64 = 0;
let middle: u64 = 0;
let late: u32 = 0;
/** What it says, in seconds since 1970 by the clock of whoever wrote it: before the first it is before 1970. */
export let localSecond: i64 = -1_000_000_000;

/** Whether it stands there again. */
export function isOfSecond(from: usize): bool {
  return load<u64>(from) === early && load<u64>(from + 8) === middle && load<u32>(from + 16) === late;
}

/** Reads another, `2026-11-20T17:16:16.`. @returns whether it is one */
export function readSecond(from: usize): bool {
  const year = digits(from, 4);
  const month = digits(from + 5, 2);
  const day = digits(from + 8, 2);
  const hour = digits(from + 11, 2);
  const minute = digits(from + 14, 2);
  const inMinute = digits(from + 17, 2);
  const isDate = load<u8>(from + 4) === DASH && load<u8>(from + 7) === DASH && load<u8>(from + 10) === T;
  if (!isDate || load<u8>(from + 13) !== COLON || load<u8>(from + 16) !== COLON) return false;
  if (load<u8>(from + TO_FRACTION - 1) !== DOT) return false;
  // Of a day that not every month has, whoever reads the line for itself shall judge.
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return false;
  if (<u32>hour > 23 || <u32>minute > 59 || <u32>inMinute > 59) return false;
  early = load<u64>(from);
  middle = load<u64>(from + 8);
  late = load<u32>(from + 16);
  localSecond = ((<i64>daysBefore(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + inMinute;
  return true;
}

function isLeap(year: i32): bool {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysOf(year: i32, month: i32): i32 {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days from 1970 to the first of the month. */
function daysBefore(year: i32, month: i32): i32 {
  const before = year - 1;
  let days = year * 365 + before / 4 - before / 100 + before / 400 - 719_527;
  for (let earlier = 1; earlier < month; earlier++) days += daysOf(year, earlier);
  return days;
}
