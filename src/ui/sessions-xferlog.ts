import type { Session, Transfer } from '../log/session.ts';
import { wallTime } from '../zone.ts';

/** A line of xferlog(5), and when its transfer ended (epoch milliseconds): analysers want lines in that order. */
export interface XferlogLine {
  at: number;
  text: string;
}

export interface Xferlog {
  lines: XferlogLine[];
  /** Transfers that have no line because their bytes are not known, or because the session does not list them. */
  leftOut: number;
}

/**
 * The transfers of a session as ProFTPD and wu-ftpd log theirs, in local time of a zone: one line for each way in which
 * bytes went, so that a file that was both read and written has two. A refused open has none, as with ProFTPD, nor has a
 * copy on the server, whose bytes never crossed the wire.
 */
export function sessionXferlog(session: Session, zone: string): Xferlog {
  const lines: XferlogLine[] = [];
  let leftOut = session.omitted ?? 0;
  for (const transfer of session.transfers) {
    if (transfer.status === 'failed' || transfer.copy !== undefined) continue;
    const ways = waysOf(transfer);
    const at = endOf(transfer, session);
    if (at === null || !transfer.exact || ways.some(({ bytes }) => bytes === null)) leftOut++;
    else
      for (const { way, bytes } of ways) lines.push({ at, text: lineOf(session, transfer, way, bytes ?? 0, at, zone) });
  }
  return { lines, leftOut };
}

/** In order of time; awstats and webalizer drop what is older than the line before. */
export const inOrderOfTime = (lines: readonly XferlogLine[]): string[] =>
  [...lines].sort((one, other) => one.at - other.at).map(({ text }) => text);

interface Way {
  /** xferlog's direction: in to the server, or out of it. */
  way: 'i' | 'o';
  bytes: number | null;
}

function waysOf({ direction, bytesRead, bytesWritten }: Transfer): Way[] {
  const ways: Way[] = [];
  if (direction === 'upload' || direction === 'both') ways.push({ way: 'i', bytes: bytesWritten });
  if (direction === 'download' || direction === 'both') ways.push({ way: 'o', bytes: bytesRead });
  return ways;
}

function endOf({ closed, opened }: Transfer, session: Session): number | null {
  const stamp = closed ?? opened ?? session.closed ?? session.opened;
  const instant = stamp === null ? Number.NaN : Date.parse(stamp);
  return Number.isNaN(instant) ? null : instant;
}

function lineOf({ user, client }: Session, transfer: Transfer, way: string, bytes: number, at: number, zone: string) {
  const { path, opened, closed, status } = transfer;
  const seconds = opened === null || closed === null ? 0 : Math.round((Date.parse(closed) - Date.parse(opened)) / 1000);
  return [
    clockText(wallTime(at, zone)),
    Math.max(0, seconds),
    word(client.ip ?? 'UNKNOWN'),
    bytes,
    word(path),
    ...['b', '_', way, 'r'],
    word(user ?? '?'),
    ...['sftp', '0', '*'],
    status === 'completed' ? 'c' : 'i',
  ].join(' ');
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Thu Sep  2 09:52:00 2004`, as ctime(3). */
const clockText = (wall: Date): string =>
  [
    DAYS[wall.getUTCDay()],
    MONTHS[wall.getUTCMonth()],
    String(wall.getUTCDate()).padStart(2),
    wall.toISOString().slice(11, 19),
    wall.getUTCFullYear(),
  ].join(' ');

/** ProFTPD's rule (xferlog.c, xferlog_write): each white space and control character becomes an underscore. */
function word(text: string): string {
  const whole = text.replace(/[\s\p{Cc}\p{Zl}\p{Zp}]/gu, '_');
  // webalizer (parser.c, fmt_logrec) takes what follows an open quote or bracket for one word, to the end of the line.
  return isPaired(whole) ? whole : whole.replace(/["()[\]]/g, '_');
}

function isPaired(text: string): boolean {
  let quoted = false;
  const open = { '[': 0, '(': 0 };
  const close = (bracket: keyof typeof open) => {
    open[bracket] = Math.max(0, open[bracket] - 1);
  };
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '[' || character === '(') open[character]++;
    else if (character === ']') close('[');
    else if (character === ')') close('(');
  }
  return !quoted && open['['] === 0 && open['('] === 0;
}
