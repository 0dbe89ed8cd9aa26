import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { lstatOrNull } from '../host/read.ts';

const TAIL = 1 << 16;

/** The last of what stands in a log; nothing where there is none. */
export function tailOf(path: string): string {
  if (!lstatOrNull(path)?.isFile()) return '';
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(TAIL);
    const { size } = fstatSync(file);
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, TAIL, Math.max(0, size - TAIL)));
  } finally {
    closeSync(file);
  }
}
