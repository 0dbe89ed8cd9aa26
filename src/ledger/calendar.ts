import type { Month } from '../spec.ts';
import { instantOf, offsetsOf } from '../zone.ts';

/** Microseconds since 1970, UTC; `until` does not belong to it any more. */
export interface Span {
  from: number;
  until: number;
}

const [DAY, MICROS] = [86_400_000, 1000];

const MIDNIGHT = { hour: 0, minute: 0, second: 0 };

const partsOf = (month: Month): readonly [year: number, month: number] => [
  Number(month.slice(0, 4)),
  Number(month.slice(5)),
];

const firstOf = (year: number, month: number, zone: string): number =>
  instantOf({ year, month, day: 1, ...MIDNIGHT }, zone) * MICROS;

/** From the first midnight of a month to that of the next, as the clocks of a zone show it. */
export function spanOf(month: Month, zone: string): Span {
  const [year, number] = partsOf(month);
  return { from: firstOf(year, number, zone), until: firstOf(year, number + 1, zone) };
}

const dayText = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);

/** The days of a month, `2026-10-01` and so on. */
export function daysOf(month: Month): string[] {
  const [year, number] = partsOf(month);
  const [first, next] = [Date.UTC(year, number - 1), Date.UTC(year, number)];
  return Array.from({ length: (next - first) / DAY }, (_, index) => dayText(first / DAY + index));
}

/** The day that the calendars of a zone show at an instant (microseconds). */
export const dayOf = (micros: number, zone: string): string => {
  const instant = Math.floor(micros / MICROS);
  return dayText(Math.floor((instant + offsetsOf(zone)(instant)) / DAY));
};

/** A number of days since 1970 -> `2026-10-31`. */
export const dayOfNumber = dayText;

/** Until when a zone is so many microseconds ahead of UTC; the last holds for ever. */
export interface Offset {
  until: number;
  ahead: number;
}

/** The offsets of a zone within a span, in order, for a database that knows no zones. */
export function offsetsIn({ from, until }: Span, zone: string): Offset[] {
  const offsetAt = offsetsOf(zone);
  const [first, last] = [Math.floor(from / MICROS), Math.ceil(until / MICROS)];
  const offsets: Offset[] = [];
  let [at, ahead] = [first, offsetAt(first)];
  while (at < last) {
    const next = at + DAY;
    const later = offsetAt(next);
    if (later !== ahead) {
      offsets.push({ until: changeIn(at, next, ahead, offsetAt) * MICROS, ahead: ahead * MICROS });
      ahead = later;
    }
    at = next;
  }
  return [...offsets, { until: Number.POSITIVE_INFINITY, ahead: ahead * MICROS }];
}

/** When, between two instants, an offset ends. */
function changeIn(from: number, until: number, ahead: number, offsetAt: (instant: number) => number): number {
  let [before, after] = [from, until];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle) === ahead) before = middle;
    else after = middle;
  }
  return after;
}

/** Consecutive days as ranges: `2026-10-01 to 2026-10-14`. */
export function rangesOf(days: readonly string[]): string[] {
  const ranges: [first: string, last: string][] = [];
  for (const day of days) {
    const range = ranges.at(-1);
    if (range && Date.parse(day) - Date.parse(range[1]) === DAY) range[1] = day;
    else ranges.push([day, day]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first} to ${last}`));
}
