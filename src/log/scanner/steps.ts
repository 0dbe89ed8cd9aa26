import { PARTS, SECONDS, STEPS } from './layout';
import { stretchAt } from './stretches';

/**
 * Lists the lines at which a stretch begins or ends, or a clock may move, and those that are part of none.
 *
 * @returns how many there are
 */
export function writeSteps(slot: usize, lineCount: i32): i32 {
  let count = 0;
  // Of the line before, if it is part of a stretch.
  let host = -1;
  let second: u32 = 0;
  for (let line = 0; line < lineCount; line++) {
    const part = load<i32>(slot + PARTS + (line << 2));
    const isStep = part < 0 || isStepOf(part, line, host, second, load<u32>(slot + SECONDS + (line << 2)));
    if (isStep) store<i32>(slot + STEPS + (count++ << 2), line);
    host = part < 0 ? -1 : stretchAt(part).host;
    second = load<u32>(slot + SECONDS + (line << 2));
  }
  return count;
}

function isStepOf(part: i32, line: i32, hostBefore: i32, secondBefore: u32, second: u32): bool {
  const stretch = stretchAt(part);
  if (line === stretch.firstLine || line === stretch.lastLine) return true;
  return stretch.host !== hostBefore || second !== secondBefore;
}
