import { writeEntry } from './entries';
import { host, second } from './head';
import { PARTS, READ_TO_MESSAGE, SECONDS, STEPS } from './layout';
import { stretchAt } from './stretches';

/**
 * Lists the lines at which a stretch begins or ends, or a clock may move, and those that are part of none; of these it writes
 * what stands before the message.
 *
 * @returns how many there are
 */
export function writeSteps(slot: usize, lineCount: i32): i32 {
  let count = 0;
  let entries = 0;
  // Of the line before, if it has moved the clock of a host.
  let hostBefore = -1;
  let secondBefore: u32 = 0;
  for (let line = 0; line < lineCount; line++) {
    const part = load<i32>(slot + PARTS + (line << 2));
    if (part < 0) {
      const isRead = writeEntry(slot, line, entries);
      if (isRead) store<i32>(slot + PARTS + (line << 2), READ_TO_MESSAGE - entries++);
      hostBefore = isRead ? host : -1;
      secondBefore = second;
      store<i32>(slot + STEPS + (count++ << 2), line);
      continue;
    }
    const stretch = stretchAt(part);
    const seconds = load<u32>(slot + SECONDS + (line << 2));
    const isEdge = line === stretch.firstLine || line === stretch.lastLine;
    if (isEdge || stretch.host !== hostBefore || seconds !== secondBefore)
      store<i32>(slot + STEPS + (count++ << 2), line);
    hostBefore = stretch.host;
    secondBefore = seconds;
  }
  return count;
}
