import { isPlain } from './plain';
import { ascii, byte } from './text';

/** What is left to read of a name, as it stands in the log. */
let at: usize = 0;
let end: usize = 0;

/**
 * Writes a name as JSON has it, without the quotes around it: of what escape.ts makes of it what jsonLine says.
 *
 * @param isKnownPlain it stands in JSON as it is; if not, that remains to be seen
 * @returns where it ends; 0 for one that is no UTF-8, of which there is more to say
 */
export function writeName(from: usize, to: usize, isKnownPlain: bool, out: usize): usize {
  if (isKnownPlain || isPlain(from, to)) return ascii(from, <i32>(to - from), out);
  at = from;
  end = to;
  let place = out;
  while (at < end && place !== 0) place = writeCharacter(nextByte(), place);
  return place;
}

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const DELETE = 0x7f;

/** A byte of the name itself; see escape.ts. */
function nextByte(): i32 {
  const first = <i32>load<u8>(at++);
  if (first !== BACKSLASH || at === end) return first;
  // One of them that is none makes all of it negative.
  const octal = end - at < 3 ? -1 : (octalAt(at) << 6) | (octalAt(at + 1) << 3) | octalAt(at + 2);
  if (octal >= 0) {
    at += 3;
    return octal & 0xff;
  }
  const escaped = byteOf(load<u8>(at));
  if (escaped < 0) return first;
  at++;
  return escaped;
}

/** @returns -1 for what is no octal digit */
function octalAt(place: usize): i32 {
  const digit = <i32>load<u8>(place) - 0x30;
  return <u32>digit > 7 ? -1 : digit;
}

/** What a letter behind a backslash stands for, -1 for none. */
function byteOf(letter: i32): i32 {
  if (letter === BACKSLASH) return BACKSLASH;
  if (letter === 0x61) return 0x07;
  if (letter === 0x62) return 0x08;
  if (letter === 0x66) return 0x0c;
  if (letter === 0x6e) return 0x0a;
  if (letter === 0x72) return 0x0d;
  if (letter === 0x74) return 0x09;
  if (letter === 0x76) return 0x0b;
  return -1;
}

/** @returns where it ends, 0 for what is none */
function writeCharacter(first: i32, out: usize): usize {
  if (first < 0x80) return writeAscii(first, out);
  const length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (length === 0) return 0;
  let point = first & (0x7f >> length);
  for (let more = 1; more < length; more++) {
    const next = at < end ? nextByte() : 0;
    if ((next & 0xc0) !== 0x80) return 0;
    point = (point << 6) | (next & 0x3f);
  }
  // It is longer than it has to be, a surrogate, or behind the last character.
  if ((length === 3 && point < 0x800) || (length === 4 && point < 0x1_0000)) return 0;
  if ((point >= 0xd800 && point < 0xe000) || point > 0x10_ffff) return 0;
  return isUnseen(point) ? writeEscape(point, out) : writePoint(point, length, out);
}

/** As JSON.stringify does, but that jsonLine escapes DEL too. */
function writeAscii(character: i32, out: usize): usize {
  if (character >= 0x20 && character !== DELETE) {
    const isEscaped = character === QUOTE || character === BACKSLASH;
    return byte(character, isEscaped ? byte(BACKSLASH, out) : out);
  }
  const letter = letterOf(character);
  return letter === 0 ? writeEscape(character, out) : byte(letter, byte(BACKSLASH, out));
}

/** What JSON has a letter for; 0 for others. */
function letterOf(control: i32): i32 {
  if (control === 0x08) return 0x62;
  if (control === 0x09) return 0x74;
  if (control === 0x0a) return 0x6e;
  if (control === 0x0c) return 0x66;
  if (control === 0x0d) return 0x72;
  return 0;
}

/** See json-line.ts. */
function isUnseen(point: i32): bool {
  if (point < 0xa0) return true;
  if (point === 0x61c || point === 0x200e || point === 0x200f) return true;
  return (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

function writeEscape(point: i32, out: usize): usize {
  let place = byte(0x75, byte(BACKSLASH, out));
  for (let shift = 12; shift >= 0; shift -= 4) {
    const digit = (point >> shift) & 0xf;
    place = byte(digit < 10 ? 0x30 + digit : 0x57 + digit, place);
  }
  return place;
}

function writePoint(point: i32, length: i32, out: usize): usize {
  const shift = 6 * (length - 1);
  let place = byte((0xf0 << (4 - length)) | (point >> shift), out);
  for (let left = shift - 6; left >= 0; left -= 6) place = byte(0x80 | ((point >> left) & 0x3f), place);
  return place;
}
