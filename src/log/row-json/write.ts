import { CHANGE_WIDTH, TRANSFER_WIDTH } from '../row-shape';
import { writeChange } from './change';
import { NAMES, OUT, PORTION } from './room';
import { writeTransfer } from './transfer';

/** Where what was written last ends. */
let out: usize = 0;

/**
 * Writes transfers as JSON, from a place on, until there are no more, or no room, or one that has more to say than its row.
 * This folder is AssemblyScript: the syntax of TypeScript with the numbers of WebAssembly.
 *
 * @param rows where the first of all begins. @param from where to write to
 * @returns the place of the next
 */
export function writeTransfers(rows: usize, place: i32, count: i32, from: usize): i32 {
  let next = place;
  for (out = from; next < count && out < FULL; next++) {
    const end = writeTransfer(rows + next * TRANSFER_WIDTH * 8, NAMES, next === 0, out);
    if (end === 0) break;
    out = end;
  }
  return next;
}

/** The same of changes. */
export function writeChanges(rows: usize, place: i32, count: i32, from: usize): i32 {
  let next = place;
  for (out = from; next < count && out < FULL; next++) {
    const end = writeChange(rows + next * CHANGE_WIDTH * 8, NAMES, next === 0, out);
    if (end === 0) break;
    out = end;
  }
  return next;
}

export function end(): usize {
  return out;
}

const FULL: usize = OUT + PORTION;
