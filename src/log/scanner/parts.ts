import { IS_VERBOSE, LOOKS_AHEAD, LOOKS_BACK, NEEDS_VERBOSE, PARTS, UNREAD } from './layout';
import { Request } from './requests';
import { findRun, Run } from './runs';
import { newStretch, stretchAt, stretchCount } from './stretches';

/** Of a run: it has no stretch. */
const NONE = -1;

/** Where the parts of the lines of this piece are told. */
let parts: usize = 0;
/** The line that is read. */
let line = 0;
/** Of the stretches of this piece those before are over. */
let floor = 0;

export function beginParts(slot: usize): void {
  parts = slot + PARTS;
  floor = 0;
}

/** The next line: as long as nobody holds it, it is the reader's. */
export function beginLine(place: i32): void {
  line = place;
  setPart(place, UNREAD);
}

/** The line becomes part of a stretch. */
export function take(stretch: i32): void {
  setPart(line, stretch);
}

/** No more lines become part of it. */
export function isOver(stretch: i32): bool {
  return stretch < floor;
}

function partOf(place: i32): i32 {
  return load<i32>(parts + (place << 2));
}

function setPart(place: i32, stretch: i32): void {
  store<i32>(parts + (place << 2), stretch);
}

/**
 * The line becomes part of the run's stretch: at once where nothing is open and no change waits for its fate, else when that
 * is so again.
 *
 * @param looksBack what it tells depends on the line before it
 */
export function hold(run: Run, isVerbose: bool, looksBack: bool): void {
  if (run.stretch < 0) {
    run.stretch = newStretch(run.host, run.pid, line, looksBack ? LOOKS_BACK : 0);
    run.request = null;
  }
  take(run.stretch);
  run.heldLines++;
  run.lastHeld = line;
  if (isVerbose) run.isHeldVerbose = true;
  if (run.change == null) settle(run, 0);
}

/** Another line of the run has come, whoever gets it: the change that waited is done. */
export function proceed(run: Run): void {
  run.isFresh = false;
  run.isAwaiting = false;
  if (run.change == null) return;
  run.change = null;
  settle(run, LOOKS_AHEAD);
}

/** What was held is told, if nothing is open. */
function settle(run: Run, looksAhead: i32): void {
  if (run.openCount > 0) return;
  const stretch = stretchAt(run.stretch);
  stretch.lineCount += run.heldLines;
  stretch.lastLine = run.lastHeld;
  stretch.flags = (stretch.flags & ~LOOKS_AHEAD) | looksAhead;
  if (run.isHeldVerbose) stretch.flags |= IS_VERBOSE;
  stretch.last = run.request;
  run.heldLines = 0;
  run.isHeldVerbose = false;
}

/** That the run prints what VERBOSE prints matters to what it is told. */
export function needVerbose(run: Run): void {
  const stretch = stretchAt(run.stretch);
  if (!run.isHeldVerbose && (stretch.flags & IS_VERBOSE) === 0) stretch.flags |= NEEDS_VERBOSE;
}

export function addRequest(run: Run, request: Request): void {
  const stretch = stretchAt(run.stretch);
  const before = run.request;
  if (before == null) stretch.first = request;
  else before.next = request;
  run.request = request;
}

/** The stretch is over, and what was held of it is the reader's. */
export function giveUp(run: Run): void {
  if (run.stretch >= 0) {
    const stretch = stretchAt(run.stretch);
    if (run.heldLines > 0) {
      for (let held = stretch.lastLine + 1; held <= run.lastHeld; held++)
        if (partOf(held) === run.stretch) setPart(held, UNREAD);
      const last = stretch.last;
      if (last == null) stretch.first = null;
      else last.next = null;
    }
    run.stretch = NONE;
  }
  run.isAwaiting = run.isAwaiting || run.change != null || run.isFresh;
  run.handles += run.openCount;
  run.openCount = 0;
  run.change = null;
  run.heldLines = 0;
  run.isHeldVerbose = false;
}

/** The same of all runs: the piece is over, or a line came that is nobody knows whose. */
export function giveUpAll(): void {
  const count = stretchCount();
  for (let place = floor; place < count; place++) {
    const stretch = stretchAt(place);
    const run = findRun(stretch.host, stretch.pid);
    if (run != null && run.stretch === place) giveUp(run);
  }
  floor = count;
}
