import type { ChangeRows } from '../log/change-rows.ts';
import * as changes from '../log/change-rows.ts';
import type { SessionChange, Transfer } from '../log/session.ts';
import type { Settled } from '../log/settled.ts';
import { MILLION, NO_FRACTION, secondText } from '../log/stamp.ts';
import { viewOf } from '../log/stencil.ts';
import type { TransferRows } from '../log/transfer-rows.ts';
import * as transfers from '../log/transfer-rows.ts';
import { ByteText, Piece } from './byte-text.ts';
import { jsonLine } from './json-line.ts';

/** What is written of a transfer or change beside its names takes less, whatever its numbers. */
const MOST_BESIDE_NAMES = 1024;

/** About so much is gathered before it is written. */
const PORTION = 1 << 20;

/**
 * What `jsonLine` says of sessions, byte for byte, in a fraction of its time: a large log is mostly transfers and changes
 * that all have the same few fields and plain names. What has others is left to `jsonLine`.
 */
export class SessionBytes {
  private readonly out = new ByteText();
  private readonly write: (bytes: Uint8Array) => void;
  /** Of the session that is being written. */
  private names = viewOf(Buffer.alloc(0));
  private readonly transferRow = new transfers.TransferRow();
  private readonly changeRow = new changes.ChangeRow();
  private second = Number.NaN;
  private readonly secondPiece = new Piece(`"${secondText(0)}`);

  constructor(write: (bytes: Uint8Array) => void) {
    this.write = write;
  }

  /** Writes one line. */
  add({ head, transfers: moved, changes: changed, totals, omitted }: Settled): void {
    const { out } = this;
    this.names = moved.view;
    out.text(`${jsonLine(head).slice(0, -1)},"transfers":[`);
    for (let index = 0; index < moved.length; index++) {
      this.transfer(moved, index);
      if (out.length > PORTION) this.write(out.take());
    }
    out.text('],"changes":[');
    for (let index = 0; index < changed.length; index++) {
      this.change(changed, index);
      if (out.length > PORTION) this.write(out.take());
    }
    out.text(`],"totals":${jsonLine(totals)}${omitted > 0 ? `,"omitted":${omitted}` : ''}}\n`);
    this.write(out.take());
  }

  private transfer(rows: TransferRows, place: number): void {
    const { out, transferRow: row } = this;
    if (rows.oddAt(place) !== undefined) return this.odd(rows.transfer(place), place);
    rows.load(place, row);
    if (!row.isPlain) return this.odd(rows.transfer(place), place);
    out.reserve(MOST_BESIDE_NAMES + row.to - row.from);
    out.piece(place === 0 ? FIRST : NEXT);
    out.count(row.n);
    out.piece(DIRECTIONS[row.direction] as Piece);
    out.ascii(this.names, row.from, row.to);
    out.piece(READ);
    this.count(row.bytesRead);
    out.piece(WRITTEN);
    this.count(row.bytesWritten);
    out.piece((row.exact ? EXACT : INEXACT)[row.status] as Piece);
    this.stamp(row.opened);
    out.piece(CLOSED);
    this.stamp(row.closed);
    out.piece(END);
  }

  private change(rows: ChangeRows, place: number): void {
    const { out, changeRow: row } = this;
    const before = out.length;
    if (rows.oddAt(place) === undefined) {
      rows.load(place, row);
      const { bytes } = rows;
      const { from, to } = row;
      const action = changes.ACTIONS[row.action];
      out.reserve(MOST_BESIDE_NAMES + to - from);
      out.piece(place === 0 ? FIRST : NEXT);
      out.count(row.n);
      out.piece(AT);
      this.stamp(row.at);
      out.piece(ACTIONS[row.action] as Piece);
      const hasTwo = action === 'rename' || action === 'hardlink';
      const end = hasTwo ? placeOfQuote(bytes, from, to) : to;
      if (action !== 'symlink' && (row.isPlain ? out.ascii(this.names, from, to) : out.plain(bytes, from, end))) {
        out.piece(STATUSES[row.status] as Piece);
        if (!hasTwo || this.target(bytes, end, to)) {
          if (row.setTo > row.setFrom) {
            out.piece(SET);
            out.ascii(this.names, row.setFrom, row.setTo);
          }
          return out.piece(END);
        }
      }
    }
    out.back(before);
    this.odd(rows.change(place), place);
  }

  private odd(item: Transfer | SessionChange, place: number): void {
    this.out.text(`${place === 0 ? '' : ','}${jsonLine(item)}`);
  }

  /** The second of two names, if there are two and no quote in either. */
  private target(bytes: Buffer, end: number, to: number): boolean {
    const from = end + BETWEEN.length;
    if (from > to || !isBetween(bytes, end)) return false;
    this.out.piece(TARGET);
    if (!this.out.plain(bytes, from, to)) return false;
    this.out.piece(CLOSING_QUOTE);
    return true;
  }

  private count(bytes: number): void {
    // JSON has no word for a number of hundreds of digits.
    if (Number.isNaN(bytes) || bytes === Infinity) this.out.piece(NULL);
    else this.out.count(bytes);
  }

  private stamp(stamp: number): void {
    const { out } = this;
    if (Number.isNaN(stamp)) return out.piece(NULL);
    const second = Math.floor(stamp / MILLION);
    if (second !== this.second) {
      this.second = second;
      this.secondPiece.replace(`"${secondText(second)}`);
    }
    out.piece(this.secondPiece);
    const micros = stamp - second * MILLION;
    if (micros !== NO_FRACTION) {
      out.piece(DOT);
      out.sixDigits(micros);
    }
    out.piece(Z);
  }
}

const QUOTE = 0x22;
const BETWEEN = Buffer.from('" new "');

const isBetween = (bytes: Buffer, from: number): boolean => {
  for (let at = 0; at < BETWEEN.length; at++) if (bytes[from + at] !== BETWEEN[at]) return false;
  return true;
};

function placeOfQuote(bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at++) if (bytes[at] === QUOTE) return at;
  return to;
}

const NULL = new Piece('null');
const FIRST = new Piece('{"n":');
const NEXT = new Piece(',{"n":');
const READ = new Piece('","bytesRead":');
const WRITTEN = new Piece(',"bytesWritten":');
const CLOSED = new Piece(',"closed":');
const AT = new Piece(',"at":');
const TARGET = new Piece(',"target":"');
const CLOSING_QUOTE = new Piece('"');
const SET = new Piece(',"set":');
const DOT = new Piece('.');
const Z = new Piece('Z"');
const END = new Piece('}');

/** For each word the bytes between two fields, with it in the middle. */
const around = (before: string, words: readonly string[], after: string): readonly Piece[] =>
  words.map((word) => new Piece(`${before}${word}${after}`));

const DIRECTIONS = around(',"direction":"', transfers.DIRECTIONS, '","path":"');
const EXACT = around(',"status":"', transfers.STATUSES, '","exact":true,"opened":');
const INEXACT = around(',"status":"', transfers.STATUSES, '","exact":false,"opened":');
const ACTIONS = around(',"action":"', changes.ACTIONS, '","path":"');
const STATUSES = around('","status":"', changes.STATUSES, '"');
