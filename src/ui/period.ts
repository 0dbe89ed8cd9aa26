import { wrongUsage } from '../errors.ts';
import { instantOf, type WallClock, wallTime } from '../zone.ts';

/** A time span in epoch milliseconds, `until` no longer belonging to it; null is open. */
export interface Period {
  since: number | null;
  until: number | null;
}

export interface PeriodOptions {
  /** The zone in which dates and times without one are read. */
  zone: string;
  now: Date;
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

const HINT = 'use today, yesterday, 30m, 2h, 3d, 2026-11-20, 2026-11-20T10:00, or the latter with a Z for UTC';

/** @throws OperatorError `usage` for words that say no time, and for an end that is not after its beginning */
export function parsePeriod(since: string | undefined, until: string | undefined, options: PeriodOptions): Period {
  const period = {
    since: since === undefined ? null : parseMoment(since, 'since', options),
    until: until === undefined ? null : parseMoment(until, 'until', options),
  };
  if (period.since !== null && period.until !== null && period.until <= period.since)
    throw wrongUsage(`--until ${JSON.stringify(until)} is not after --since ${JSON.stringify(since)}`, HINT);
  return period;
}

/**
 * What an operator calls a time, in epoch milliseconds: a day's beginning for `since`, and its end, which is the next
 * day's beginning, for `until`.
 *
 * @throws OperatorError `usage`
 */
export function parseMoment(text: string, edge: 'since' | 'until', { zone, now }: PeriodOptions): number {
  const word = text.trim();
  const ago = /^(\d{1,9})([smhdw])$/.exec(word);
  if (ago) return now.getTime() - Number(ago[1]) * UNITS[ago[2] as keyof typeof UNITS];
  const day = namedDay(word, zone, now) ?? writtenDay(word);
  if (day !== null) return instantOf({ ...day, day: day.day + (edge === 'until' ? 1 : 0) }, zone);
  const moment = writtenMoment(word, edge, zone);
  if (moment === null) throw wrongUsage(`--${edge}: ${JSON.stringify(text)} is not a time`, HINT);
  return moment;
}

const MIDNIGHT = { hour: 0, minute: 0, second: 0 };

function namedDay(word: string, zone: string, now: Date): WallClock | null {
  const back = ['today', 'yesterday'].indexOf(word);
  if (back === -1) return null;
  const wall = wallTime(now.getTime(), zone);
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() - back, ...MIDNIGHT };
}

function writtenDay(word: string): WallClock | null {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(word)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? { year, month, day, ...MIDNIGHT } : null;
}

function writtenMoment(word: string, edge: 'since' | 'until', zone: string): number | null {
  const [, date = '', hours, minutes, seconds = '0', utc] =
    /^([^T ]+)[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?(Z)?$/.exec(word) ?? [];
  const day = writtenDay(date);
  if (day === null) return null;
  const clock = { ...day, hour: Number(hours), minute: Number(minutes), second: Number(seconds) };
  return instantOf(clock, utc ? 'UTC' : zone, edge === 'since' ? 'first' : 'last');
}
