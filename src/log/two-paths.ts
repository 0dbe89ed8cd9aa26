import { decodeCutPath, decodePath } from './escape.ts';
import { readPath } from './paths.ts';
import type { ChangeAction, Reading, SessionChange } from './session.ts';

const BETWEEN = '" new "';

/**
 * The names in `rename old "A" new "B"`: OpenSSH does not escape quotes, so a name with `" new "` in it leaves several
 * readings, and none is more likely than another.
 *
 * @param raw what stands between the first quote and the last; after the first, if the line was cut
 * @returns null where it is no message with two names
 */
export function readTwoPaths(raw: string, cut: boolean): TwoPaths | null {
  const places: number[] = [];
  for (let at = raw.indexOf(BETWEEN); at >= 0; at = raw.indexOf(BETWEEN, at + 1)) places.push(at);
  const [only] = places;
  if (cut) {
    const { path, pathRaw } = only === undefined ? decodeCutPath(raw) : decodePath(raw.slice(0, only));
    return { path, ...(pathRaw !== undefined && { pathRaw }), pathCut: true };
  }
  if (only === undefined) return null;
  const readings = places.map((place): Reading => {
    const [path, target] = [raw.slice(0, place), raw.slice(place + BETWEEN.length)].map(
      (name) => decodePath(name).path,
    );
    return { path: path ?? '', target: target ?? '' };
  });
  if (readings.length > 1) return { path: null, readings };
  const { path, pathRaw } = decodePath(raw.slice(0, only));
  const { path: target } = decodePath(raw.slice(only + BETWEEN.length));
  return { path, ...(pathRaw !== undefined && { pathRaw }), target };
}

export type TwoPaths = Pick<SessionChange, 'path' | 'pathRaw' | 'pathCut' | 'target' | 'readings'>;

/** `symlink old "TEXT" new "LINK"` makes LINK: what it was done to stands second there. */
export function readSymlink(raw: string, cut: boolean): TwoPaths | null {
  const found = readTwoPaths(raw, cut);
  if (found === null) return null;
  const { path, readings } = found;
  if (readings) return { path: null, readings: readings.map((one) => ({ path: one.target, target: one.path })) };
  if (cut) return { path: null, pathCut: true, ...(path !== null && { target: path }) };
  return { ...decodePath(raw.slice(raw.indexOf(BETWEEN) + BETWEEN.length)), target: path ?? '' };
}

/** What a line of a change tells of its path, or of both; where one is missing nothing. */
export function readOneOrTwo(action: ChangeAction, raw: string, cut: boolean): TwoPaths {
  if (action === 'symlink') return readSymlink(raw, cut) ?? { path: null };
  if (action === 'rename' || action === 'hardlink') return readTwoPaths(raw, cut) ?? { path: null };
  return readPath(raw, cut);
}
