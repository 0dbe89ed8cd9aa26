import { CHANGE_WIDTH, TRANSFER_WIDTH } from '../row-shape';
import { writeChange } from './change';
import { NAMES, OUT, PORTION } from './room';
import { out, writeFrom } from './text';
import { writeTransfer } from './transfer';

/**
 * Writes transfers as JSON, from a place on, until there are no more, or no room, or one that has more to say than its row.
 * This folder is AssemblyScript: the syntax of TypeScript with the numbers of WebAssembly.
 *
 * @param rows where the first of all begins. @param from where to write to
 * @returns the place of the next
 */
export function writeTransfers(rows: usize, place: i32, count: i32, from: usize): i32 {
  let next = place;
  for (writeFrom(from); next < count && out < FULL; next++) {
    const before = out;
    if (writeTransfer(rows + next * TRANSFER_WIDTH * 8, NAMES, next === 0)) continue;
    writeFrom(before);
    break;
  }
  return next;
}

/** The same of changes. */
export function writeChanges(rows: usize, place: i32, count: i32, from: usize): i32 {
  let next = place;
  for (writeFrom(from); next < count && out < FULL; next++) {
    const before = out;
    if (writeChange(rows + next * CHANGE_WIDTH * 8, NAMES, next === 0)) continue;
    writeFrom(before);
    break;
  }
  return next;
}

/** Where what was written ends. */
export function end(): usize {
  return out;
}

const FULL: usize = OUT + PORTION;
