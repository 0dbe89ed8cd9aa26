import { CLOSING_BRACKET, COLON, DASH, OPENING_BRACKET, PLUS, SPACE, Z } from './ascii';
import { isSame } from './bytes';
import { digits, digitsIn, numberOf, sixDigits } from './digits';
import { OTHER, SFTP, SSHD } from './kinds';
import { HOST_COUNT, HOST_NAME, HOST_SIZE, HOSTS, MOST_HOSTS, MOST_ORIGINS, ORIGIN_SIZE, ORIGINS } from './layout';
import { isOfSecond, localSecond, readSecond, TO_FRACTION } from './second';

/** What stands before the message of a line, `2026-11-20T17:16:16.627150+00:00 HOST TAG[PID]: `, as it was read last. */
export let second: u32 = 0;
export let micro: i32 = 0;
export let host: i32 = 0;
export let program: i32 = OTHER;
/** 0 where there is none. */
export let pid: i32 = 0;
/** Where the message begins; 0 where it follows in no usual way. */
export let message: usize = 0;

/** `2026-11-20T17:16:16.627150` */
const TO_MICROSECOND = 26;

/** `+00:00 HOST TAG[` of lines that came before. */
@unmanaged
class Origin {
  length: i32;
  host: i32;
  offset: i32;
  program: i32;
}

const LONGEST_ORIGIN = ORIGIN_SIZE - 16;
let originCount = 0;
/** Which one the last line had. */
let likely = 0;

/** @returns false where the line has no such beginning */
export function readHead(from: usize, to: usize): bool {
  return readLikeBefore(from, to) !== 0 || readUnlikeBefore(from, to);
}

/** The same of one that readLikeBefore has not read. */
export function readUnlikeBefore(from: usize, to: usize): bool {
  if (from + TO_MICROSECOND >= to) return false;
  if (!isOfSecond(from)) {
    if (!readSecond(from)) return false;
    if (readLikeBefore(from, to) !== 0) return true;
  }
  micro = sixDigits(from + TO_FRACTION);
  return micro >= 0 && readOrigin(from + TO_MICROSECOND, to);
}

/**
 * A head of the same second and origin as that of a line before.
 *
 * @param to where the line ends, or later: what is compared has no newline in it
 * @returns where the pid begins, 0 where it is another
 */
export function readLikeBefore(from: usize, to: usize): usize {
  if (from + TO_MICROSECOND >= to || !isOfSecond(from)) return 0;
  micro = sixDigits(from + TO_FRACTION);
  if (micro < 0) return 0;
  const start = from + TO_MICROSECOND;
  let place = likely;
  for (let tried = 0; tried < originCount; tried++) {
    const origin = changetype<Origin>(ORIGINS + place * ORIGIN_SIZE);
    const length = origin.length;
    if (start + length < to && isSame(start, changetype<usize>(origin) + 16, length)) {
      likely = place;
      host = origin.host;
      program = origin.program;
      if (!toUtc(origin.offset)) return 0;
      readPid(start + length, to);
      return start + length;
    }
    place = place + 1 === originCount ? 0 : place + 1;
  }
  return 0;
}

function toUtc(offset: i32): bool {
  const utc = localSecond - offset;
  second = <u32>utc;
  return utc >= 0 && utc <= 0xffff_ffff;
}

/** `+00:00 HOST TAG`, and the bracket of the pid where there is one. */
function readOrigin(from: usize, to: usize): bool {
  let at = from;
  let offset = 0;
  const sign = load<u8>(at);
  if (sign === Z) at++;
  else {
    const hours = digits(at + 1, 2);
    const minutes = digits(at + 4, 2);
    if ((sign !== PLUS && sign !== DASH) || load<u8>(at + 3) !== COLON || hours < 0 || minutes < 0) return false;
    offset = (hours * 60 + minutes) * 60;
    if (sign === DASH) offset = -offset;
    at += 6;
  }
  if (at >= to || load<u8>(at) !== SPACE || !toUtc(offset)) return false;
  const name = ++at;
  while (at < to && load<u8>(at) !== SPACE) at++;
  if (at >= to) return false;
  const nameLength = <i32>(at - name);
  const tag = ++at;
  while (at < to && !isTagEnd(load<u8>(at))) at++;
  program = programOf(tag, <i32>(at - tag));
  pid = 0;
  message = 0;
  if (at >= to || load<u8>(at) !== OPENING_BRACKET) return true;
  at++;
  host = program === OTHER ? -1 : hostOf(name, nameLength);
  // Of a host that is one too many nothing is followed.
  if (host < 0) program = OTHER;
  keepOrigin(from, <i32>(at - from), offset);
  readPid(at, to);
  return true;
}

function isTagEnd(byte: u8): bool {
  return byte === OPENING_BRACKET || byte === COLON || byte === SPACE;
}

// `internal`, `-sftp`, `sftp-ser`, `ver`, `sshd`, `sshd-ses`, `sion` and `sshd-auth` in two, as they stand in memory.
const INTERNAL: u64 = 0x6c61_6e72_6574_6e69;
const DASH_SFTP: u64 = 0x70_7466_732d;
const SFTP_SER: u64 = 0x7265_732d_7074_6673;
const VER: u64 = 0x72_6576;
const SSHD_TAG: u32 = 0x6468_7373;
const SSHD_SES: u64 = 0x7365_732d_6468_7373;
const SION: u32 = 0x6e6f_6973;
const SSHD_AUT: u64 = 0x7475_612d_6468_7373;
const H: u8 = 0x68;

function programOf(tag: usize, length: i32): i32 {
  const first = load<u64>(tag);
  const second = load<u64>(tag + 8);
  if (length === 13 && first === INTERNAL && (second & 0xff_ffff_ffff) === DASH_SFTP) return SFTP;
  if (length === 11 && first === SFTP_SER && (second & 0xff_ffff) === VER) return SFTP;
  if (length === 4 && <u32>first === SSHD_TAG) return SSHD;
  if (length === 12 && first === SSHD_SES && <u32>second === SION) return SSHD;
  if (length === 9 && first === SSHD_AUT && <u8>second === H) return SSHD;
  return OTHER;
}

/** In front of each its length. */
function hostOf(name: usize, length: i32): i32 {
  if (length > HOST_SIZE - HOST_NAME - 8) return -1;
  const count = load<i32>(HOST_COUNT);
  for (let place = 0; place < count; place++) {
    const known = HOSTS + place * HOST_SIZE;
    if (load<i32>(known) === length && isSame(known + HOST_NAME, name, length)) return place;
  }
  if (count === MOST_HOSTS) return -1;
  store<i32>(HOST_COUNT, count + 1);
  const place = count;
  store<i32>(HOSTS + place * HOST_SIZE, length);
  memory.copy(HOSTS + place * HOST_SIZE + HOST_NAME, name, length);
  return place;
}

function keepOrigin(from: usize, length: i32, offset: i32): void {
  if (originCount === MOST_ORIGINS || length > LONGEST_ORIGIN) return;
  const origin = changetype<Origin>(ORIGINS + originCount * ORIGIN_SIZE);
  memory.copy(changetype<usize>(origin) + 16, from, length);
  origin.length = length;
  origin.host = host;
  origin.offset = offset;
  origin.program = program;
  likely = originCount++;
}

/** `PID]: ` */
function readPid(from: usize, to: usize): void {
  const eight = load<u64>(from);
  const length = digitsIn(eight);
  if (length === 8) readLongPid(from, to);
  else closePid(length === 0 ? 0 : numberOf(eight, length), from + length, to);
}

/** So many digits has no pid of Linux, but zeros may stand before one; see EntryReader. */
const MOST_DIGITS: usize = 10;

function readLongPid(from: usize, to: usize): void {
  let value: u64 = 0;
  let at = from;
  for (; at < to && at - from < MOST_DIGITS; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) break;
    value = value * 10 + digit;
  }
  closePid(value, at, to);
}

/** What follows the digits. A pid that is too large is that of no run that is followed. */
function closePid(value: u64, at: usize, to: usize): void {
  const isPid = at < to && load<u8>(at) === CLOSING_BRACKET && value <= 0x7fff_ffff;
  pid = isPid ? <i32>value : 0;
  message = isPid && at + 3 <= to && (load<u32>(at) & 0xff_ffff) === BEFORE_MESSAGE ? at + 3 : 0;
}

/** `]: `, as it stands in memory. */
const BEFORE_MESSAGE: u32 = 0x20_3a5d;
