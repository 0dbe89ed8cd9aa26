import { wallTime } from '../zone.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in units of 1000, as `12 B`, `1.2 kB`, `340 MB`: never more than 7 columns. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded up to 1000 is one of the next unit.
  while (value >= (unit === 0 ? 1000 : 999.5) && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit]}`;
}

/** A count; `-` where it is not known, and `≥` in front of a lower bound. */
export const countText = (count: number | null, exact: boolean): string =>
  count === null ? '-' : `${exact ? '' : '≥'}${count}`;

/** The same of bytes. */
export const amountText = (bytes: number | null, exact: boolean): string =>
  bytes === null ? '-' : `${exact ? '' : '≥'}${bytesText(bytes)}`;

/** A stamp as the clocks of a zone show it, to the second; `-` where there is none. */
export function timeText(stamp: string | null, zone: string): string {
  const instant = stamp === null ? Number.NaN : Date.parse(stamp);
  return Number.isNaN(instant) ? '-' : wallTime(instant, zone).toISOString().slice(0, 19).replace('T', ' ');
}

/** `1 session`, `2 sessions` */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
