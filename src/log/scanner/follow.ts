import { SET as SET_REQUEST } from '../row-shape';
import { R, W } from './ascii';
import { isSame } from './bytes';
import { numberOf } from './digits';
import { ASKED, CHANGE, CLOSE, ERROR_BITS, IS_EMPTY, IS_PROOF, MODE, OPEN, SET, STATUS } from './kinds';
import { innerFrom, innerTo, Message, nameFrom, nameTo, outerFrom, outerTo } from './message';
import { addRequest, giveUp, hold, needVerbose, proceed } from './parts';
import { newRequest, Request } from './requests';
import { addOpen, MOST_OPEN, openAt, Run, takeOpen } from './runs';

/** What a line tells of a run, as requests.ts has it: what is not as plain as this is left to the reader. */
export function follow(run: Run, message: Message, stamp: f64): void {
  const isVerbose = message.isVerbose !== 0;
  if (isVerbose) run.isVerbose = true;
  const kind = message.kind;
  if (kind === STATUS) followStatus(run, message.code);
  else if (kind === SET) followSet(run, message.code, stamp);
  else {
    proceed(run);
    if (kind === ASKED) hold(run, isVerbose, false);
    else if (kind === OPEN) followOpen(run, stamp);
    else if (kind === CLOSE) followClose(run, stamp);
    else if (kind === CHANGE) change(run, message.code, stamp, false);
  }
}

/** It is the reader's, whatever it is. */
export function leave(run: Run): void {
  giveUp(run);
  run.isAwaiting = true;
}

function followStatus(run: Run, code: i32): void {
  const isOfOpen = run.isFresh;
  if (!isOfOpen && !run.isAwaiting && run.change == null) return hold(run, false, true);
  const isEmpty = (code & IS_EMPTY) !== 0;
  const isProof = (code & IS_PROOF) !== 0;
  const change = run.change;
  // At INFO there are requests that print nothing and can fail.
  if (change != null && run.isVerbose && !isEmpty && !(change.modeFrom !== 0 && change.timeFrom !== 0)) {
    change.error = code >> ERROR_BITS;
    change.isFailed = isProof;
    needVerbose(run);
    run.change = null;
    return hold(run, false, true);
  }
  giveUp(run);
  // What says nothing leaves open what it was about.
  run.isAwaiting = isEmpty;
  run.isFresh = false;
  if (isOfOpen && isProof && run.isVerbose && run.handles > 0) run.handles--;
}

function followOpen(run: Run, stamp: f64): void {
  const reads = innerFrom < innerTo && load<u8>(innerFrom) === R;
  const second = innerFrom + (reads ? AFTER_READ : 0);
  const writes = second < innerTo && load<u8>(second) === W;
  const isReaders = run.handles > 0 || run.openCount === MOST_OPEN || !canBeBeside(run, reads, writes);
  run.isFresh = true;
  if (isReaders) {
    giveUp(run);
    run.handles++;
    run.isAwaiting = true;
    return;
  }
  const request = newRequest(nameFrom, nameTo, stamp);
  request.isTransfer = true;
  request.reads = reads;
  request.writes = writes;
  addOpen(run, request);
  hold(run, false, false);
  addRequest(run, request);
}

/** `READ,` */
const AFTER_READ: usize = 5;

/** Of some files that are open together the log does not tell which was closed, or whether one was copied to another. */
function canBeBeside(run: Run, reads: bool, writes: bool): bool {
  for (let place = 0; place < run.openCount; place++) {
    const other = openAt(run, place);
    if ((reads || other.reads) && (writes || other.writes)) return false;
    if (isName(other, nameFrom, nameTo)) return false;
  }
  return true;
}

function isName(request: Request, from: usize, to: usize): bool {
  return request.nameTo - request.nameFrom === to - from && isSame(request.nameFrom, from, <i32>(to - from));
}

function followClose(run: Run, stamp: f64): void {
  const read = count(innerFrom, innerTo);
  const written = count(outerFrom, outerTo);
  for (let place = 0; place < run.openCount && read >= 0 && written >= 0; place++) {
    const request = openAt(run, place);
    if (!isName(request, nameFrom, nameTo)) continue;
    if ((!request.reads && read > 0) || (!request.writes && written > 0)) break;
    takeOpen(run, place);
    request.bytesRead = read;
    request.bytesWritten = written;
    request.closed = stamp;
    return hold(run, false, false);
  }
  giveUp(run);
  if (run.handles > 0) run.handles--;
}

/** A number of so many is exact in a double. */
const MOST_DIGITS: usize = 15;

/** @returns -1 for a number that is too large */
function count(from: usize, to: usize): f64 {
  if (to - from > MOST_DIGITS) return -1;
  if (to - from <= 8) return <f64>numberOf(load<u64>(from), <i32>(to - from));
  let value: i64 = 0;
  for (let at = from; at < to; at++) value = value * 10 + (load<u8>(at) - 0x30);
  return <f64>value;
}

function change(run: Run, action: i32, stamp: f64, looksBack: bool): Request {
  const request = newRequest(nameFrom, nameTo, stamp);
  request.isTransfer = false;
  request.action = action;
  run.change = request;
  run.attribute = 0;
  hold(run, false, looksBack);
  addRequest(run, request);
  return request;
}

/** `20261119-23:13:20`: another length is none that sftp-server prints. */
const TIME_LENGTH = 17;
/** Longer ones are none of a file. */
const LONGEST_MODE = 12;

function followSet(run: Run, attribute: i32, stamp: f64): void {
  const length = <i32>(innerTo - innerFrom);
  const isUsual = attribute === MODE ? length <= LONGEST_MODE : length === TIME_LENGTH;
  // Whether it goes on with what the reader read last, the reader knows.
  if (run.isAwaiting || !isUsual) return leave(run);
  const last = run.change;
  let request: Request;
  if (last != null && run.attribute > 0 && attribute > run.attribute && isName(last, nameFrom, nameTo)) {
    request = last;
    hold(run, false, false);
  } else {
    proceed(run);
    request = change(run, SET_REQUEST, stamp, true);
  }
  run.attribute = attribute;
  if (attribute === MODE) {
    request.modeFrom = innerFrom;
    request.modeTo = innerTo;
  } else request.timeFrom = innerFrom;
}
