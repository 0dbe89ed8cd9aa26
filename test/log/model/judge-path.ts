import { type Bytes, bytesOf, escaped, unescaped, utf8 } from './escape.ts';

interface ToldPath {
  path: string | null;
  pathRaw?: string;
  pathCut?: true;
}

/** The bytes that were told, as far as they can be told. */
const bytesTold = ({ path, pathRaw }: ToldPath): Bytes =>
  pathRaw === undefined ? bytesOf(path ?? '') : unescaped(pathRaw);

/** A path is told byte by byte, or marked as cut and then a beginning of the real one (with what followed it, at most). */
export function pathComplaint(real: Bytes, told: ToldPath, seen: boolean): string[] {
  const bytes = bytesTold(told);
  const text = JSON.stringify(told);
  if (told.pathCut) {
    if (real.startsWith(bytes) || bytes.startsWith(`${real}"`)) return [];
    return [`path ${text} is no beginning of ${JSON.stringify(real)}`];
  }
  if (!seen) return [`path ${text} is told as whole, and no line has it whole`];
  if (told.path !== utf8(real)) return [`path ${text}, really ${JSON.stringify(utf8(real))}`];
  const raw = bytesOf(utf8(real)) === real ? undefined : escaped(real);
  return told.pathRaw === raw ? [] : [`pathRaw ${told.pathRaw}, really ${raw}`];
}

export const sameText = (real: Bytes, told: string | undefined): boolean => told === utf8(real);
