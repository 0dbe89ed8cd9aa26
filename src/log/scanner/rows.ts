import { isPlain } from '../row-json/plain';
import {
  BOTH,
  CHANGE_RANK,
  CHANGE_WIDTH,
  DOWNLOAD,
  FAILED,
  MOST_BYTES,
  NEITHER,
  REMOVE,
  RMDIR,
  TRANSFER_RANK,
  TRANSFER_WIDTH,
  UNKNOWN,
  UPLOAD,
} from '../row-shape';
import { CLOSING_BRACE, COLON, COMMA, DASH, OPENING_BRACE, QUOTE, T, Z } from './ascii';
import {
  BYTES_IN,
  BYTES_OUT,
  CHANGE_FROM,
  CHANGE_TABLE,
  CHANGES,
  DOWNLOADS,
  FAILED_SUM,
  FIRST_LINE,
  FLAGS,
  HOST,
  LAST_LINE,
  LINE_SUM,
  NAMES,
  NAMES_FROM,
  NAMES_LENGTH,
  PID,
  REMOVED,
  STRETCH_TABLE,
  STRETCH_WIDTH,
  TRANSFER_FROM,
  TRANSFER_TABLE,
  TRANSFERS,
  UNKNOWN_SUM,
  UPLOADS,
} from './layout';
import { Request } from './requests';
import { Stretch, stretchAt, stretchCount } from './stretches';

/** In the words of a transfer and of both kinds of rows. */
const IS_EXACT = 2;
const IS_PLAIN = 1;

/** Where in the slot the next row and the next name go. */
let slot: usize = 0;
let transferCount = 0;
let changeCount = 0;
let namesLength = 0;

/** @returns how many stretches there are, those without a line too */
export function writeStretches(where: usize): i32 {
  slot = where;
  transferCount = 0;
  changeCount = 0;
  namesLength = 0;
  const count = stretchCount();
  for (let place = 0; place < count; place++)
    writeStretch(stretchAt(place), slot + STRETCH_TABLE + place * (STRETCH_WIDTH << 3));
  return count;
}

function put(row: usize, field: i32, value: f64): void {
  store<f64>(row + (field << 3), value);
}

function writeStretch(stretch: Stretch, row: usize): void {
  // Where words begin on both sides, shared memory is copied by words; see Names.append.
  namesLength = (namesLength + 7) & ~7;
  const transferFrom = transferCount;
  const changeFrom = changeCount;
  const namesFrom = namesLength;
  let uploads = 0;
  let downloads = 0;
  let removed = 0;
  let unknown = 0;
  let failed = 0;
  let bytesIn: f64 = 0;
  let bytesOut: f64 = 0;
  let rank = 0;
  let next = stretch.first;
  while (next != null) {
    const request: Request = next;
    next = request.next;
    rank++;
    if (request.isTransfer) {
      const direction = directionOf(request);
      if (direction === UPLOAD || direction === BOTH) uploads++;
      if (direction === DOWNLOAD || direction === BOTH) downloads++;
      bytesIn += request.bytesWritten;
      bytesOut += request.bytesRead;
      writeTransfer(request, rank, direction, namesFrom);
    } else {
      const isRemoval = request.action === REMOVE || request.action === RMDIR;
      if (request.isFailed) failed++;
      else if (isRemoval && request.error !== 0) unknown++;
      else if (isRemoval) removed++;
      writeChange(request, rank, namesFrom);
    }
  }
  put(row, HOST, stretch.host);
  put(row, PID, stretch.pid);
  put(row, FIRST_LINE, stretch.firstLine);
  put(row, LAST_LINE, stretch.lastLine);
  put(row, LINE_SUM, stretch.lineCount);
  put(row, FLAGS, stretch.flags);
  put(row, TRANSFERS, transferCount - transferFrom);
  put(row, CHANGES, changeCount - changeFrom);
  put(row, TRANSFER_FROM, transferFrom);
  put(row, CHANGE_FROM, changeFrom);
  put(row, NAMES_FROM, namesFrom);
  put(row, NAMES_LENGTH, namesLength - namesFrom);
  put(row, UPLOADS, uploads);
  put(row, DOWNLOADS, downloads);
  put(row, BYTES_IN, bytesIn);
  put(row, BYTES_OUT, bytesOut);
  put(row, REMOVED, removed);
  put(row, UNKNOWN_SUM, unknown);
  put(row, FAILED_SUM, failed);
}

/** By the flags, else by the bytes; see Requests.close. */
function directionOf(request: Request): i32 {
  if (request.reads !== request.writes) return request.reads ? DOWNLOAD : UPLOAD;
  if (request.bytesRead > 0) return request.bytesWritten > 0 ? BOTH : DOWNLOAD;
  return request.bytesWritten > 0 ? UPLOAD : NEITHER;
}

function writeTransfer(request: Request, rank: i32, direction: i32, namesFrom: i32): void {
  const row = slot + TRANSFER_TABLE + transferCount++ * (TRANSFER_WIDTH << 3);
  const plain = isPlain(request.nameFrom, request.nameTo) ? IS_PLAIN : 0;
  put(row, 0, <f64>rank * TRANSFER_RANK + <f64>(direction * 16 + IS_EXACT + plain));
  put(row, 1, keep(request.nameFrom, request.nameTo, namesFrom));
  put(row, 2, request.bytesRead);
  put(row, 3, request.bytesWritten);
  put(row, 4, request.opened);
  put(row, 5, request.closed);
  put(row, 6, 0);
}

function writeChange(request: Request, rank: i32, namesFrom: i32): void {
  const row = slot + CHANGE_TABLE + changeCount++ * (CHANGE_WIDTH << 3);
  const plain = isPlain(request.nameFrom, request.nameTo) ? IS_PLAIN : 0;
  const status = request.error === 0 ? 0 : request.isFailed ? FAILED : UNKNOWN;
  const words = request.error * 64 + request.action * 8 + status * 2 + plain;
  put(row, 0, <f64>rank * CHANGE_RANK + <f64>words);
  put(row, 1, keep(request.nameFrom, request.nameTo, namesFrom));
  put(row, 2, request.opened);
  put(row, 3, request.modeFrom === 0 && request.timeFrom === 0 ? 0 : keepAttributes(request, namesFrom));
  put(row, 4, 0);
}

/** @returns its place, counted from the first name of the stretch */
function keep(from: usize, to: usize, namesFrom: i32): f64 {
  const place = <f64>(namesLength - namesFrom) * MOST_BYTES + <f64>(to - from);
  text(from, <i32>(to - from));
  return place;
}

/** As JSON: `{"mode":"0644","modtime":"2026-11-19T23:13:20Z"}`, or one of the two. */
function keepAttributes(request: Request, namesFrom: i32): f64 {
  const from = namesLength;
  word(OPENING_BRACE);
  if (request.modeFrom !== 0) {
    quoted(MODE_WORD, 4);
    text(request.modeFrom, <i32>(request.modeTo - request.modeFrom));
    word(QUOTE);
    if (request.timeFrom !== 0) word(COMMA);
  }
  if (request.timeFrom !== 0) {
    quoted(MODTIME_WORD, 7);
    text(request.timeFrom, 4);
    word(DASH);
    text(request.timeFrom + 4, 2);
    word(DASH);
    text(request.timeFrom + 6, 2);
    word(T);
    text(request.timeFrom + 9, 8);
    word(Z);
    word(QUOTE);
  }
  word(CLOSING_BRACE);
  return <f64>(from - namesFrom) * MOST_BYTES + <f64>(namesLength - from);
}

/** As they stand in memory. */
const MODE_WORD: u64 = 0x6564_6f6d;
const MODTIME_WORD: u64 = 0x65_6d69_7464_6f6d;

function word(byte: i32): void {
  store<u8>(slot + NAMES + namesLength++, <u8>byte);
}

/** Up to fifteen bytes more are written, and overwritten by what follows. */
function text(from: usize, length: i32): void {
  const to = slot + NAMES + namesLength;
  for (let at = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
  namesLength += length;
}

/** `"WORD":"` */
function quoted(name: u64, length: i32): void {
  word(QUOTE);
  store<u64>(slot + NAMES + namesLength, name);
  namesLength += length;
  word(QUOTE);
  word(COLON);
  word(QUOTE);
}
