import { STRETCH_RECORDS, STRETCH_SIZE, STRETCHES } from './layout';
import { Request } from './requests';

/** Lines of one run of sftp-server, one after the other, of which everything is known that they tell; or noise of a host. */
@unmanaged
export class Stretch {
  host: i32;
  pid: i32;
  firstLine: i32;
  /** Before the first as long as there is none. */
  lastLine: i32;
  lineCount: i32;
  flags: i32;
  first: Request | null;
  last: Request | null;
}

let count = 0;

export function newStretch(host: i32, pid: i32, line: i32, flags: i32): i32 {
  const stretch = stretchAt(count);
  stretch.host = host;
  stretch.pid = pid;
  stretch.firstLine = line;
  stretch.lastLine = line - 1;
  stretch.lineCount = 0;
  stretch.flags = flags;
  stretch.first = null;
  stretch.last = null;
  return count++;
}

export function stretchAt(place: i32): Stretch {
  return changetype<Stretch>(STRETCH_RECORDS + STRETCH_SIZE * place);
}

export function stretchCount(): i32 {
  return count;
}

export function areStretchesFull(): bool {
  return count >= STRETCHES;
}

/** Of the piece before nothing is needed any more. */
export function forgetStretches(): void {
  count = 0;
}
