import { constants, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { ofProcess } from './processes.ts';

export interface OpenFile {
  /** The same in two looks while it is the same handle on the same file. */
  handle: string;
  /** As seen from inside the jail; null for a path that is longer than the kernel can tell. */
  path: string | null;
  /** Nothing leads to it by this path any more. */
  deleted: boolean;
  direction: 'upload' | 'download' | 'both';
  /** Where the last read or write ended, in bytes. */
  position: number;
  /** In bytes. */
  size: number;
}

/** The regular files below its own root that a process holds open; it is never they that are opened here. */
export function openFiles(pid: number): OpenFile[] {
  const root = ofProcess(() => readlinkSync(`/proc/${pid}/root`, { encoding: 'buffer' }));
  const descriptors = ofProcess(() => readdirSync(`/proc/${pid}/fd`));
  if (root === null || descriptors === null) return [];
  return descriptors.flatMap((descriptor) => openFile(pid, descriptor, root) ?? []);
}

function openFile(pid: number, descriptor: string, root: Buffer): OpenFile | null {
  const link = `/proc/${pid}/fd/${descriptor}`;
  const found = ofProcess(() => statSync(link));
  if (!found?.isFile()) return null;
  const text = ofProcess(() => readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'latin1'));
  const where = ofProcess(() => pathIn(root, link, found));
  const fdinfo = text === null ? null : parseFdinfo(text);
  if (where === null || fdinfo === null) return null;
  return { handle: `${descriptor}:${found.dev}:${found.ino}`, ...where, ...fdinfo, size: found.size };
}

/** What `/proc/PID/fdinfo/N` says; flags are octal. Null for a descriptor that only names a file (O_PATH). */
export function parseFdinfo(text: string): Pick<OpenFile, 'direction' | 'position'> | null {
  const position = /^pos:\s+(\d+)$/m.exec(text)?.[1];
  const flags = /^flags:\s+0*([0-7]+)$/m.exec(text)?.[1];
  if (position === undefined || flags === undefined) return null;
  const access = Number.parseInt(flags, 8) & (constants.O_WRONLY | constants.O_RDWR);
  const direction = access === constants.O_RDONLY ? 'download' : access === constants.O_WRONLY ? 'upload' : 'both';
  return { position: Number(position), direction };
}

type Where = Pick<OpenFile, 'path' | 'deleted'>;

/** Null for a file that is not below the root, such as a library. */
function pathIn(root: Buffer, link: string, found: Stats): Where | null {
  let path: Buffer;
  try {
    path = readlinkSync(link, { encoding: 'buffer' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENAMETOOLONG') return { path: null, deleted: false };
    throw error;
  }
  const inside = insideOf(root, path);
  if (inside === null) return null;
  const deleted = inside.endsWith(DELETED) && !isNamed(path, found);
  return { path: deleted ? inside.slice(0, -DELETED.length) : inside, deleted };
}

const DELETED = ' (deleted)';

/** A path as it looks from a root; bytes that are no UTF-8 become U+FFFD. Null for one that is not below it. */
export function insideOf(root: Buffer, path: Buffer): string | null {
  if (root.equals(SLASH)) return path.toString();
  const isBelow = path.subarray(0, root.length).equals(root) && path[root.length] === SLASH[0];
  return isBelow ? path.subarray(root.length).toString() : null;
}

const SLASH = Buffer.from('/');

/** A customer can end a name like that too; then the file is found there. */
function isNamed(path: Buffer, { dev, ino }: Stats): boolean {
  try {
    const there = lstatSync(path);
    return there.dev === dev && there.ino === ino;
  } catch {
    return false;
  }
}
