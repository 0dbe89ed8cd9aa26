import { basename } from 'node:path';

/** A log, or what logrotate made of it (logrotate(8)): `.N` or `-YYYYMMDD…` behind its name, then what compressed it. */
const GENERATION = /^(.+?)(?:\.(\d{1,6})|-(\d{8}(?:[-_.T]?\d+)*))?(?:\.(gz|xz|zst|bz2|lz4|lzma|Z))?$/s;

export interface Generation {
  /** The path of the log itself. */
  log: string;
  /** The number behind its name, which grows with age; null for other names. */
  number: number | null;
  /** The date behind its name; null for other names. */
  date: string | null;
  compressed: boolean;
}

/** Reads a path as a log or a rotated generation of one. */
export function parseGeneration(path: string): Generation {
  const name = basename(path);
  const [, log = name, number, date, compression] = GENERATION.exec(name) ?? [];
  return {
    log: path.slice(0, path.length - name.length) + log,
    number: number === undefined ? null : Number(number),
    date: date ?? null,
    compressed: compression !== undefined,
  };
}

/** The names in the folder of a log that are the log or generations of it, without half-made compressed ones. */
export function generationsAmong(names: readonly string[], log: string): string[] {
  const own = names.filter((name) => name === log || (isRotated(name) && parseGeneration(name).log === log));
  // logrotate removes what it compressed only when the compressed file is complete.
  return own.filter((name) => !parseGeneration(name).compressed || !own.includes(name.replace(/\.\w+$/, '')));
}

function isRotated(name: string): boolean {
  const { number, date } = parseGeneration(name);
  return number !== null || date !== null;
}

/** Oldest first. Where a log was rotated in both styles, one after the other, the times of the files tell which is older. */
export function inOrderOfAge<File extends { path: string; modified: Date | null }>(files: readonly File[]): File[] {
  const known = files.map((file) => ({ file, ...parseGeneration(file.path) }));
  const numbered = known
    .filter(({ number }) => number !== null)
    .sort((one, other) => (other.number ?? 0) - (one.number ?? 0));
  const dated = known
    .filter(({ date }) => date !== null)
    .sort((one, other) => ((one.date ?? '') < (other.date ?? '') ? -1 : 1));
  const current = known
    .filter(({ number, date }) => number === null && date === null)
    .sort((one, other) => timeOf(one.file) - timeOf(other.file));
  const newest = (group: typeof known) => Math.max(...group.map(({ file }) => timeOf(file)));
  const rotated = newest(numbered) < newest(dated) ? [...numbered, ...dated] : [...dated, ...numbered];
  return [...rotated, ...current].map(({ file }) => file);
}

/** What has no time is being written now. */
const timeOf = ({ modified }: { modified: Date | null }): number => modified?.getTime() ?? Number.MAX_VALUE;
