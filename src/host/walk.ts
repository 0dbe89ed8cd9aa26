import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync } from 'node:fs';

/** How much may be looked at. */
export interface Budget {
  folders: number;
  names: number;
  /** Epoch milliseconds. */
  until: number;
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Visits what is below a folder that somebody else can change: each folder is opened through the descriptor of the one
 * above it, so that no symlink put in its place leads elsewhere, and no mount is crossed.
 *
 * @param visit gets the names from the folder down to each thing, as bytes; false ends the walk of that folder
 * @returns false when the budget ended it
 */
export function walk(folder: string, budget: Budget, visit: (path: readonly Buffer[]) => boolean): boolean {
  const device = { it: null as number | null };
  return descend(folder, [], budget, visit, device);
}

function descend(
  at: string | Buffer,
  above: readonly Buffer[],
  budget: Budget,
  visit: (path: readonly Buffer[]) => boolean,
  device: { it: number | null },
): boolean {
  if (budget.folders-- <= 0 || Date.now() > budget.until) return false;
  const open = openOrNull(at);
  if (open === null) return true;
  try {
    const { dev } = fstatSync(open);
    device.it ??= dev;
    if (dev !== device.it) return true;
    const here = `/proc/self/fd/${open}`;
    for (const entry of entriesIn(here)) {
      if (budget.names-- <= 0) return false;
      const path = [...above, entry.name];
      if (!visit(path)) return true;
      if (!entry.isDirectory()) continue;
      if (!descend(Buffer.concat([Buffer.from(`${here}/`), entry.name]), path, budget, visit, device)) return false;
    }
    return true;
  } finally {
    closeSync(open);
  }
}

function openOrNull(at: string | Buffer): number | null {
  try {
    return openSync(at, FOLDER);
  } catch {
    // Removed or replaced meanwhile, or not ours to read.
    return null;
  }
}

/** @types/node knows no Dirent whose name is bytes. */
interface Entry {
  name: Buffer;
  isDirectory(): boolean;
}

const entriesIn = (folder: string): Entry[] =>
  readdirSync(folder, { withFileTypes: true, encoding: 'buffer' }) as unknown as (Dirent & Entry)[];
