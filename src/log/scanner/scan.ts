import { OPENING_BRACKET, RETURN } from './ascii';
import { lineEnd, nextNewline } from './bytes';
import { follow, leave } from './follow';
import { host, message as messageFrom, micro, pid, program, readLikeBefore, readUnlikeBefore, second } from './head';
import { BEGIN, FINISH, NOISE, OTHER, SSHD } from './kinds';
import {
  BYTES,
  END,
  FIRST_SLOT,
  LINE_COUNT,
  LINES,
  MICROS,
  REQUESTS,
  SECONDS,
  SLOT_SIZE,
  STARTS,
  STEP_COUNT,
  STRETCH_COUNT,
} from './layout';
import { findMessage, nameFrom } from './message';
import { holdNoise } from './noise';
import { beginLine, beginParts, giveUp, giveUpAll } from './parts';
import { forgetRequests, requestCount } from './requests';
import { writeStretches } from './rows';
import { addRun, findRun, removeRun } from './runs';
import { writeSteps } from './steps';
import { areStretchesFull, forgetStretches } from './stretches';

/** log.c hands syslog "%.500s"; and of one byte less the last may be what is left of an escape. */
const LONGEST = 500;

let slot: usize = 0;

/**
 * Scans the whole lines in a slot, as far as there is room for what they tell. This folder is AssemblyScript: the syntax of
 * TypeScript with the numbers of WebAssembly.
 */
export function scan(place: i32, length: i32): void {
  slot = FIRST_SLOT + place * SLOT_SIZE;
  forgetRequests();
  forgetStretches();
  beginParts(slot);
  const first = slot + BYTES;
  const end = first + length;
  let at = first;
  let line = 0;
  while (line < LINES && requestCount() < REQUESTS && !areStretchesFull()) {
    const behind = readLikeBefore(at, end);
    const newline = nextNewline(behind === 0 ? at : behind, end);
    if (newline >= end) break;
    store<i32>(slot + STARTS + (line << 2), <i32>(at - first));
    beginLine(line);
    const to = lineEnd(at, newline);
    if (behind !== 0 || readUnlikeBefore(at, to)) readMessage(line, to);
    else if (at !== to) giveUpAll();
    at = newline + 1;
    line++;
  }
  giveUpAll();
  store<i32>(slot + STARTS + (line << 2), <i32>(at - first));
  store<i32>(slot + (LINE_COUNT << 2), line);
  store<i32>(slot + (END << 2), <i32>(at - first));
  store<i32>(slot + (STRETCH_COUNT << 2), writeStretches(slot));
  store<i32>(slot + (STEP_COUNT << 2), writeSteps(slot, line));
}

/** What follows the head that was read. */
function readMessage(line: i32, to: usize): void {
  store<u32>(slot + SECONDS + (line << 2), second);
  store<i32>(slot + MICROS + (line << 2), micro);
  if (program === OTHER || pid === 0) return;
  const isWhole = messageFrom !== 0 && <i32>(to - messageFrom) < LONGEST - 1;
  const message = isWhole ? findMessage(messageFrom, to) : null;
  const isNoise = message != null && message.kind === NOISE;
  if (program === SSHD) {
    if (isNoise && isPlainNoise(to)) holdNoise(host, line);
    return;
  }
  const run = findRun(host, pid);
  if (message != null && message.kind === BEGIN) {
    if (run != null) giveUp(run);
    addRun(host, pid);
  } else if (run != null) {
    if (message == null || isNoise) leave(run);
    else if (message.kind === FINISH) {
      giveUp(run);
      removeRun(host, pid);
    } else follow(run, message, <f64>second * 1_000_000 + <f64>micro);
  }
}

/** It is not ` [preauth]` alone that follows the words, which is no part of a message; nor does one go beyond a carriage return. */
function isPlainNoise(to: usize): bool {
  if (load<u8>(nameFrom) === OPENING_BRACKET) return false;
  for (let at = nameFrom; at < to; at++) if (load<u8>(at) === RETURN) return false;
  return true;
}
