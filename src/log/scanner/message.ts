import { isSame } from './bytes';
import { fieldStart } from './field';
import { PLACES } from './layout';

/** A row of the table of messages; see scanner-tables.ts, which writes it. */
@unmanaged
export class Message {
  kind: i32;
  /** Of what kind within its kind. */
  code: i32;
  isVerbose: i32;
  /** The next that begins alike, 0 for none. */
  next: usize;
  lead: usize;
  leadLength: i32;
  /** There is a name in it, and it is read from both ends. */
  hasName: i32;
  /** The kind of the field that follows the lead where there is no name; 0 for no field. */
  front: i32;
  pieceCount: i32;
}

/** What stands behind the name: words, and behind them a field. */
@unmanaged
class Piece {
  words: usize;
  length: i32;
  /** Its kind, 0 for no field. */
  field: i32;
  least: i32;
}

/** Of the message that was found last: the name, the field that comes next, and the one behind that. */
export let nameFrom: usize = 0;
export let nameTo: usize = 0;
export let innerFrom: usize = 0;
export let innerTo: usize = 0;
export let outerFrom: usize = 0;
export let outerTo: usize = 0;

/** Any odd number that spreads them, as in pattern.ts. */
const SPREAD: u32 = 0x9e37_79b1;

/** @returns null for what is not in the table */
export function findMessage(from: usize, to: usize): Message | null {
  if (to - from < 4) return null;
  let row = load<usize>(PLACES + (((load<u32>(from) * SPREAD) >> 24) << 2));
  while (row !== 0) {
    const found = changetype<Message>(row);
    if (matches(found, from, to)) return found;
    row = found.next;
  }
  return null;
}

/** As Pattern.match, but that of what stands before a name only the first words are looked at. */
function matches(row: Message, from: usize, to: usize): bool {
  const start = from + row.leadLength;
  if (start > to || !isSame(from, row.lead, row.leadLength)) return false;
  if (row.hasName === 0) {
    if (row.front === 0) return start === to;
    return start < to && fieldStart(start, to, row.front) === start;
  }
  let end = to;
  for (let index = 0; index < row.pieceCount; index++) {
    const piece = changetype<Piece>(changetype<usize>(row) + offsetof<Message>() + index * offsetof<Piece>());
    if (piece.field !== 0) {
      const stop = end;
      end = fieldStart(start, end, piece.field);
      if (<i32>(stop - end) < piece.least) return false;
      outerFrom = innerFrom;
      outerTo = innerTo;
      innerFrom = end;
      innerTo = stop;
    }
    if (end - piece.length < start || !isSame(end - piece.length, piece.words, piece.length)) return false;
    end -= piece.length;
  }
  nameFrom = start;
  nameTo = end;
  return true;
}
