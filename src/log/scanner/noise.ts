import { IS_NOISE, NOISES } from './layout';
import { isOver, take } from './parts';
import { newStretch, stretchAt, stretchCount } from './stretches';

/** No process has this pid. */
const NOBODY = 0;

/** The line becomes part of a stretch of what sshd says on a host that is of no consequence. */
export function holdNoise(host: i32, line: i32): void {
  let place = load<i32>(NOISES + (host << 2));
  if (!isNoiseOf(host, place)) {
    place = newStretch(host, NOBODY, line, IS_NOISE);
    store<i32>(NOISES + (host << 2), place);
  }
  const stretch = stretchAt(place);
  stretch.lineCount++;
  stretch.lastLine = line;
  take(place);
}

/** It can be one of a piece before, whose place another has by now. */
function isNoiseOf(host: i32, place: i32): bool {
  if (isOver(place) || place >= stretchCount()) return false;
  const stretch = stretchAt(place);
  return stretch.pid === NOBODY && stretch.host === host;
}
