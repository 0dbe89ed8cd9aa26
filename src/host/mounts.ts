import { readFileSync } from 'node:fs';

export interface Mount {
  point: string;
  /** Of this mount and of its file system: `nosuid`, `ro`, … */
  options: ReadonlySet<string>;
}

/** The mounts that this process sees, in the order in which they were made (proc(5), mountinfo; octal escapes undone). */
export const readMounts = (): Mount[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [own = '', ofFileSystem = ''] = line.split(' - ').map((half) => half.split(' '));
      const [point = '', options = ''] = own.slice(4) as string[];
      return { point: unescaped(point), options: new Set(`${options},${ofFileSystem[2] ?? ''}`.split(',')) };
    });

const unescaped = (point: string): string =>
  point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** The mount points at or below a path. */
export const mountsBelow = (path: string): string[] =>
  readMounts()
    .map(({ point }) => point)
    .filter((point) => point === path || point.startsWith(`${path}/`));

/** The mount on which a path lies: the innermost, and of several in one place the last. */
export const mountOf = (mounts: readonly Mount[], path: string): Mount | undefined =>
  mounts
    .filter(({ point }) => point === '/' || path === point || path.startsWith(`${point}/`))
    .reduce<Mount | undefined>(
      (best, mount) => (best && best.point.length > mount.point.length ? best : mount),
      undefined,
    );
