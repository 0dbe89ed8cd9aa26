import { readFileSync } from 'node:fs';
import type { Host } from './host.ts';
import { lstatOrNull, namesIn, textOrNull } from './read.ts';

export interface Mount {
  point: string;
  /** Of this mount and of its file system: `nosuid`, `ro`, … */
  options: ReadonlySet<string>;
}

/** The mounts that this process sees, in the order in which they were made (proc(5), mountinfo). */
export const readMounts = (): Mount[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [own = '', ofFileSystem = ''] = line.split(' - ');
      const [point = '', options = ''] = own.split(' ').slice(4);
      return {
        point: unescaped(point),
        options: new Set([options, ofFileSystem.split(' ')[2] ?? ''].join(',').split(',')),
      };
    });

/** The mount on which a path lies: the innermost, and of several in one place the last. */
export const mountOf = (mounts: readonly Mount[], path: string): Mount | undefined =>
  mounts
    .filter(({ point }) => point === '/' || isBelow(path, point))
    .reduce<Mount | undefined>(
      (best, mount) => (best && best.point.length > mount.point.length ? best : mount),
      undefined,
    );

/** The mount points of this machine, those of a mounted image among them. */
const mountPoints = (): string[] => readMounts().map(({ point }) => point);

/** The mount points at or below a path. */
export const mountsBelow = (path: string): string[] => mountPoints().filter((point) => isBelow(point, path));

const isBelow = (point: string, path: string): boolean => point === path || point.startsWith(`${path}/`);

/** mountinfo and fstab write spaces and their like as octal digits. */
const unescaped = (field: string): string =>
  field.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Something that says, now or at the next boot, that a path of the host is mounted, or mounted elsewhere. */
export interface NamedMount {
  path: string;
  /** The file and line that name it, or null for what is mounted now. */
  by: string | null;
}

const UNIT_FOLDERS = [
  ...['/etc/systemd/system', '/run/systemd/system', '/usr/local/lib/systemd/system', '/usr/lib/systemd/system'],
  ...[
    '/run/systemd/transient',
    '/run/systemd/generator',
    '/run/systemd/generator.early',
    '/run/systemd/generator.late',
  ],
];

/** Every path that is mounted, or that fstab or a unit of systemd would mount, below a folder of the host. */
export function namedMounts(host: Host, folder: string): NamedMount[] {
  const now = mountPoints().flatMap((point): NamedMount[] =>
    point.startsWith(`${host.sysroot}/`) ? [{ path: point.slice(host.sysroot.length), by: null }] : [],
  );
  const units = UNIT_FOLDERS.flatMap((place) => unitFilesIn(host, place));
  const named = [
    ...linesOf(host, '/etc/fstab', fstabPaths),
    ...units.flatMap((unit) => linesOf(host, unit, unitPaths)),
  ];
  return [...now, ...named].filter(({ path }) => isBelow(path, folder));
}

/** Units that mount something, and what was added to them. */
const unitFilesIn = (host: Host, folder: string): string[] =>
  namesIn(host.followed(folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    // Most often /dev/null, for a unit that is masked; on an image that would be this machine's.
    if (host.sysroot !== '' && lstatOrNull(host.path(path))?.isSymbolicLink()) return [];
    if (/\.(auto)?mount$/.test(name)) return [path];
    if (!/\.(auto)?mount\.d$/.test(name)) return [];
    return namesIn(host.followed(path)).map((part) => `${path}/${part}`);
  });

const linesOf = (host: Host, file: string, pathsIn: (line: string) => string[]): NamedMount[] =>
  (textOrNull(host.followed(file)) ?? '')
    .split('\n')
    .flatMap((line, index) => pathsIn(line).map((path) => ({ path: plain(path), by: `${file}:${index + 1}` })));

/** What is mounted, which may be a folder that appears elsewhere, and where. */
const fstabPaths = (line: string): string[] =>
  /^\s*#/.test(line) ? [] : line.trim().split(/\s+/).slice(0, 2).map(unescaped);

const unitPaths = (line: string): string[] => /^\s*(?:What|Where)\s*=\s*(\S.*?)\s*$/.exec(line)?.slice(1) ?? [];

const plain = (path: string): string => path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
