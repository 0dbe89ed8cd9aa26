import { closeSync, constants, type Dir, fstatSync, lstatSync, opendirSync, openSync, type Stats } from 'node:fs';
import { isErrno } from '../errors.ts';
import { mountOf } from './tree.ts';

/** What lies in a folder. */
export interface Occupied {
  /** What it occupies on the disk: a file with holes counts what is written in it. */
  bytes: number;
  files: number;
  /** False where folders were moved meanwhile, so that there may be more. */
  isWhole: boolean;
}

interface Level {
  /** Null while it is closed. */
  folder: number | null;
  stats: Stats;
  /** Its folders that are still to be looked into. */
  names: Buffer[];
}

const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** So many folders are open at a time: customers nest them deeper than that. */
const MOST_OPEN = 200;
/** stat(2), st_blocks. */
const BLOCK = 512;

/**
 * Adds up what is below a folder that somebody else can change. Each folder is opened through the one above it, so that no
 * symlink leads elsewhere; nothing that is mounted there counts, and what has several names counts once.
 *
 * @returns null where there is no such folder
 */
export function occupiedBelow(path: string): Occupied | null {
  const top = openOrNull(path);
  if (top === null) return null;
  const levels: Level[] = [];
  try {
    return new Count(top, levels).count();
  } finally {
    for (const { folder } of levels) if (folder !== null) closeSync(folder);
  }
}

class Count {
  private bytes = 0;
  private files = 0;
  private readonly levels: Level[];
  private readonly mount: string | undefined;
  private readonly device: number;
  /** Of files with several names. */
  private readonly seen = new Set<number>();

  constructor(top: number, levels: Level[]) {
    this.levels = levels;
    this.mount = mountOf(top);
    this.device = fstatSync(top).dev;
    this.enter(top);
  }

  count(): Occupied {
    for (let level = this.levels.at(-1); level !== undefined; level = this.levels.at(-1)) {
      const name = level.names.pop();
      if (name === undefined) {
        if (!this.leave(level)) return this.result(false);
        continue;
      }
      const folder = openOrNull(below(level.folder as number, name));
      if (folder === null) continue;
      // A bind mount has the same device as what it shows.
      if (mountOf(folder) === this.mount) this.enter(folder);
      else closeSync(folder);
    }
    return this.result(true);
  }

  private result(isWhole: boolean): Occupied {
    return { bytes: this.bytes, files: this.files, isWhole };
  }

  private enter(folder: number): void {
    const stats = fstatSync(folder);
    const level: Level = { folder, stats, names: [] };
    this.levels.push(level);
    this.bytes += stats.blocks * BLOCK;
    this.files++;
    for (const name of namesIn(folder)) {
      const found = lstatOrNull(below(folder, name));
      if (found === null || found.dev !== this.device) continue;
      if (found.isDirectory()) level.names.push(name);
      else this.add(found);
    }
    const farAbove = this.levels[this.levels.length - 1 - MOST_OPEN];
    if (farAbove?.folder == null) return;
    closeSync(farAbove.folder);
    farAbove.folder = null;
  }

  private add({ ino, nlink, blocks }: Stats): void {
    if (nlink > 1 && this.seen.has(ino)) return;
    if (nlink > 1) this.seen.add(ino);
    this.bytes += blocks * BLOCK;
    this.files++;
  }

  /** Goes back up. @returns false where that leads somewhere else by now */
  private leave({ folder }: Level): boolean {
    this.levels.pop();
    const above = this.levels.at(-1);
    const open = folder as number;
    try {
      if (above === undefined || above.folder !== null) return true;
      const parent = openOrNull(below(open, Buffer.from('..')));
      if (parent === null) return false;
      above.folder = parent;
      const { dev, ino } = fstatSync(parent);
      return dev === above.stats.dev && ino === above.stats.ino;
    } finally {
      closeSync(open);
    }
  }
}

/** Names are bytes: customers choose them. */
const below = (folder: number, name: Buffer): Buffer => Buffer.concat([Buffer.from(`/proc/self/fd/${folder}/`), name]);

function* namesIn(folder: number): Generator<Buffer> {
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize: 1024 };
  const entries: Dir = opendirSync(`/proc/self/fd/${folder}`, options);
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync())
      yield entry.name as unknown as Buffer;
  } finally {
    entries.closeSync();
  }
}

/** Removed or replaced meanwhile. */
const GONE = ['ENOENT', 'ENOTDIR', 'ELOOP'];

function openOrNull(at: string | Buffer): number | null {
  try {
    return openSync(at, FOLDER);
  } catch (error) {
    if (GONE.some((code) => isErrno(error, code))) return null;
    throw error;
  }
}

function lstatOrNull(at: Buffer): Stats | null {
  try {
    return lstatSync(at);
  } catch (error) {
    if (GONE.some((code) => isErrno(error, code))) return null;
    throw error;
  }
}
