import { eightDigits } from './digits';
import { STAMP } from './words';

const MILLION: f64 = 1_000_000;
/** Of a stamp without a fraction; see stamp.ts of the log. */
const NO_FRACTION: f64 = 0.5;

/** `"2026-11-20T17:16:16`, of the second that was written last. */
const TEXT: usize = STAMP;
const LENGTH = 20;

let lastSecond: f64 = -1;
let lastDay: i64 = -1;

/** Writes microseconds since 1970 as UTC in quotes. @returns where that ends */
export function stampOf(stamp: f64, out: usize): usize {
  const second = Math.floor(stamp / MILLION);
  if (second !== lastSecond) {
    lastSecond = second;
    writeSecond(<i64>second);
  }
  store<u64>(out, load<u64>(TEXT));
  store<u64>(out + 8, load<u64>(TEXT + 8));
  store<u32>(out + 16, load<u32>(TEXT + 16));
  let at = out + LENGTH;
  const micros = stamp - second * MILLION;
  if (micros !== NO_FRACTION) {
    store<u8>(at, 0x2e);
    store<u64>(at + 1, eightDigits(<u64>micros * 100));
    at += 7;
  }
  store<u8>(at, 0x5a);
  store<u8>(at + 1, 0x22);
  return at + 2;
}

function writeSecond(second: i64): void {
  const day = second / 86_400;
  if (day !== lastDay) {
    lastDay = day;
    writeDay(<i32>day);
  }
  const time = <i32>(second - day * 86_400);
  digits(TEXT + 12, time / 3600, 2);
  digits(TEXT + 15, (time / 60) % 60, 2);
  digits(TEXT + 18, time % 60, 2);
}

/** By the calendar that begins in March, where the odd day is the last of a year. */
function writeDay(day: i32): void {
  const days = day + 719_468;
  const era = days / 146_097;
  const inEra = days - era * 146_097;
  const yearInEra = (inEra - inEra / 1460 + inEra / 36_524 - inEra / 146_096) / 365;
  const inYear = inEra - (365 * yearInEra + yearInEra / 4 - yearInEra / 100);
  const march = (5 * inYear + 2) / 153;
  const month = march < 10 ? march + 3 : march - 9;
  const year = era * 400 + yearInEra + (month < 3 ? 1 : 0);
  store<u8>(TEXT, 0x22);
  digits(TEXT + 1, year, 4);
  store<u8>(TEXT + 5, 0x2d);
  digits(TEXT + 6, month, 2);
  store<u8>(TEXT + 8, 0x2d);
  digits(TEXT + 9, inYear - (153 * march + 2) / 5 + 1, 2);
  store<u8>(TEXT + 11, 0x54);
  store<u8>(TEXT + 14, 0x3a);
  store<u8>(TEXT + 17, 0x3a);
}

/** Of a number, zeros in front. */
function digits(from: usize, value: i32, length: i32): void {
  let rest = value;
  for (let at = length - 1; at >= 0; at--) {
    store<u8>(from + at, <u8>(0x30 + (rest % 10)));
    rest /= 10;
  }
}
