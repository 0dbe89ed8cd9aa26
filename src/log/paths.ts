import { decodeCutPath, decodePath } from './escape.ts';
import type { Transfer } from './session.ts';

/** What is known of the one path of a line. */
export type Paths = Pick<Transfer, 'path' | 'pathRaw' | 'pathCut'>;

/** What is left of a line's own end after it was cut. */
const TRAILER_LEFT = /"(?: (?:f|b|m)[^"]*)?$/;

/** @param raw as escaped; of a line that was cut all that follows the opening quote */
export const readPath = (raw: string, cut: boolean): Paths =>
  cut ? { ...decodeCutPath(raw.replace(TRAILER_LEFT, '')), pathCut: true } : decodePath(raw);
