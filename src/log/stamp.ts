/**
 * When a line was logged, UTC. What rsyslog writes is microseconds since 1970, and half of one more if only the second
 * was logged: a number is made quicker and kept in less than a text, which any other stamp is.
 */
export type Stamp = number | string;

export const MILLION = 1_000_000;
export const NO_FRACTION = 0.5;

const DAY = 86_400;
const TWO_DIGITS = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

let lastDay = Number.NaN;
let dayText = '';

/** `2026-11-20T17:16:16` */
export function secondText(second: number): string {
  const day = Math.floor(second / DAY);
  if (day !== lastDay) {
    lastDay = day;
    dayText = new Date(day * DAY * 1000).toISOString().slice(0, -'00:00:00.000Z'.length);
  }
  const time = second - day * DAY;
  const minutes = Math.floor(time / 60);
  return `${dayText}${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[time % 60]}`;
}

/** With as many digits as were logged. */
export function stampText(stamp: Stamp): string {
  if (typeof stamp === 'string') return stamp;
  const second = Math.floor(stamp / MILLION);
  const micros = stamp - second * MILLION;
  return `${secondText(second)}${micros === NO_FRACTION ? '' : `.${String(micros).padStart(6, '0')}`}Z`;
}

export const stampTextOrNull = (stamp: Stamp | null): string | null => (stamp === null ? null : stampText(stamp));
