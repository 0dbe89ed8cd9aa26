import { table } from './table.ts';
import { visible } from './visible.ts';

interface ShownFile {
  path: string | null;
  deleted?: true;
  direction: 'upload' | 'download' | 'both';
  position: number;
  size: number | null;
  bytesPerSecond: number | null;
}

/** A session as it is shown; see `who --json`. */
export interface ShownSession {
  user: string;
  ip: string | null;
  port: number | null;
  pid: number;
  since: string;
  idleSeconds: number;
  idleAtLeast?: true;
  files: readonly ShownFile[];
  bytesPerSecond: number | null;
}

const HEAD = ['USER', 'FROM', 'PID', 'SINCE (UTC)', 'IDLE', 'SPEED', 'DOES', 'AT', 'FILE'];

/** One row for each session, or one for each of its files where it has several open. */
export function whoTable(sessions: readonly ShownSession[]): string[] {
  if (sessions.length === 0) return ['No sessions.'];
  return table(HEAD, sessions.flatMap(rowsOf));
}

function rowsOf({ user, ip, port, pid, since, idleSeconds, idleAtLeast, files, bytesPerSecond }: ShownSession) {
  const start = since.slice(0, 19).replace('T', ' ');
  const idle = `${idleAtLeast ? '>' : ''}${age(idleSeconds)}`;
  const own = [user, from(ip, port), String(pid), start, idle];
  if (files.length === 0) return [[...own, speed(bytesPerSecond), '-', '', '']];
  return files.map((file, index) => [
    ...(index === 0 ? own : own.map(() => '')),
    speed(file.bytesPerSecond),
    file.direction,
    progress(file),
    name(file),
  ]);
}

/** Every path begins with a slash, so what stands before it is ours, whatever the customer calls the file. */
function name({ path, deleted }: ShownFile): string {
  const shown = path === null ? '(a path too long to tell)' : visible(path);
  return deleted ? `(deleted) ${shown}` : shown;
}

function from(ip: string | null, port: number | null): string {
  if (ip === null) return '?';
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
}

/** How long, in the one or two units that matter: 42s, 7m, 3h05m, 2d04h. */
export function age(seconds: number): string {
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${two((seconds % 3600) / 60)}m`;
  return `${Math.floor(seconds / 86_400)}d${two((seconds % 86_400) / 3600)}h`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in decimal units, with three digits. */
export function size(bytes: number): string {
  let unit = 0;
  let number = bytes;
  for (; number >= 999.5 && unit < UNITS.length - 1; unit++) number /= 1000;
  return `${unit === 0 || number >= 99.95 ? Math.round(number) : number.toFixed(number < 9.995 ? 2 : 1)} ${UNITS[unit]}`;
}

const speed = (bytesPerSecond: number | null): string => (bytesPerSecond === null ? '?' : `${size(bytesPerSecond)}/s`);

function progress({ position, size: whole }: ShownFile): string {
  return whole === null || whole === 0
    ? size(position)
    : `${size(position)} (${Math.floor((Math.min(position, whole) / whole) * 100)} %)`;
}
