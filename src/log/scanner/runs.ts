import { RUN_BITS, RUN_COUNT, RUN_PLACES, RUN_SIZE, RUN_TABLE } from './layout';
import { Request } from './requests';

/** More open files at a time are left to who reads line by line. */
export const MOST_OPEN = 8;

/** A run of sftp-server whose beginning was seen. Whoever reads line by line is called the reader here. */
@unmanaged
export class Run {
  host: i32;
  pid: i32;
  /** The stretch that its lines go to, -1 for none. */
  stretch: i32;
  /** Of its lines in the stretch, those behind what is settled; the last of them. */
  heldLines: i32;
  lastHeld: i32;
  isHeldVerbose: bool;
  /** It has printed what INFO does not print. */
  isVerbose: bool;
  /** Its line before was an open, in the stretch or the reader's. */
  isFresh: bool;
  /** The reader's line before can be spoken of by what comes next. */
  isAwaiting: bool;
  /** How many files it has open whose open is with the reader. */
  handles: i32;
  /** A change that no line has followed. */
  change: Request | null;
  /** Of a `set`: which attribute was named last. */
  attribute: i32;
  /** The last in the stretch. */
  request: Request | null;
  openCount: i32;
}

/** Files that were opened in the stretch and are open, the oldest first. */
export function openAt(run: Run, place: i32): Request {
  return changetype<Request>(load<usize>(openPlace(run, place)));
}

export function addOpen(run: Run, request: Request): void {
  store<usize>(openPlace(run, run.openCount++), changetype<usize>(request));
}

export function takeOpen(run: Run, place: i32): Request {
  const taken = openAt(run, place);
  run.openCount--;
  for (let next = place; next < run.openCount; next++)
    store<usize>(openPlace(run, next), changetype<usize>(openAt(run, next + 1)));
  return taken;
}

function openPlace(run: Run, place: i32): usize {
  return changetype<usize>(run) + RUN_SIZE - (MOST_OPEN - place) * sizeof<usize>();
}

export function findRun(host: i32, pid: i32): Run | null {
  const run = runAt(placeOf(host, pid));
  return run.pid === 0 ? null : run;
}

/** @returns null where there are too many */
export function addRun(host: i32, pid: i32): Run | null {
  const run = runAt(placeOf(host, pid));
  if (run.pid === 0) {
    const count = load<i32>(RUN_COUNT);
    if (count >= RUN_PLACES - RUN_PLACES / 4) return null;
    store<i32>(RUN_COUNT, count + 1);
  }
  memory.fill(changetype<usize>(run), 0, RUN_SIZE);
  run.host = host;
  run.pid = pid;
  run.stretch = -1;
  return run;
}

/** Those behind it are moved to where they would be without it. */
export function removeRun(host: i32, pid: i32): void {
  let gap = placeOf(host, pid);
  if (runAt(gap).pid === 0) return;
  store<i32>(RUN_COUNT, load<i32>(RUN_COUNT) - 1);
  for (let place = after(gap); ; place = after(place)) {
    const run = runAt(place);
    if (run.pid === 0) break;
    const wanted = spread(run.host, run.pid);
    if (((place - wanted) & (RUN_PLACES - 1)) < ((place - gap) & (RUN_PLACES - 1))) continue;
    memory.copy(changetype<usize>(runAt(gap)), changetype<usize>(run), RUN_SIZE);
    gap = place;
  }
  runAt(gap).pid = 0;
}

/** @returns where it is, or would be */
function placeOf(host: i32, pid: i32): i32 {
  let place = spread(host, pid);
  for (let run = runAt(place); run.pid !== 0; run = runAt(place)) {
    if (run.pid === pid && run.host === host) break;
    place = after(place);
  }
  return place;
}

/** So many runs are a page of memory. */
const BLOCK_BITS = 5;
/** As many bits are left as there are blocks. */
const BLOCK_SHIFT = 32 - (RUN_BITS - BLOCK_BITS);

/**
 * Pids that follow each other stand in one block, so that few pages are touched; and the blocks are spread, so that many
 * runs that never end are no long row of places to be searched.
 */
function spread(host: i32, pid: i32): i32 {
  const block = (((pid >>> BLOCK_BITS) + host * 0x5bd1) * 0x9e37_79b1) >>> BLOCK_SHIFT;
  return (block << BLOCK_BITS) | (pid & ((1 << BLOCK_BITS) - 1));
}

function after(place: i32): i32 {
  return (place + 1) & (RUN_PLACES - 1);
}

function runAt(place: i32): Run {
  return changetype<Run>(RUN_TABLE + place * RUN_SIZE);
}
