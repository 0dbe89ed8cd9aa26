/** A clock on a wall: a date and time without a zone; `month` from 1. */
export interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** In place of a zone's name, that of this machine. */
const HOST = 'host';

/** The name of the zone that `log.timezone` means. It takes a while to find, and only who shows it needs it. */
export const zoneOf = (timezone: string): string =>
  timezone === HOST ? new Intl.DateTimeFormat('en').resolvedOptions().timeZone : timezone;

const SECOND = 1000;
const QUARTER = 900_000;
const DAY = 86_400_000;

/** Milliseconds that a zone is ahead of UTC at an instant (epoch milliseconds). */
export type OffsetAt = (instant: number) => number;

const openZones = new Map<string, OffsetAt>();

/** Intl answers slowly, and offsets change at full quarters of an hour only: each quarter is asked for once. */
export function offsetsOf(zone: string): OffsetAt {
  const known = openZones.get(zone);
  if (known) return known;
  const fields = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const format = new Intl.DateTimeFormat('en-US', {
    ...(zone !== HOST && { timeZone: zone }),
    hourCycle: 'h23',
    ...fields,
    second: 'numeric',
  });
  const offsets = new Map<number, number>();
  const offsetAt = (instant: number): number => {
    const quarter = Math.floor(instant / QUARTER);
    const found = offsets.get(quarter);
    if (found !== undefined) return found;
    const parts = Object.fromEntries(format.formatToParts(quarter * QUARTER).map(({ type, value }) => [type, +value]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
    const offset = Date.UTC(year, month - 1, day, hour, minute, second) - quarter * QUARTER;
    if (offsets.size >= 4096) offsets.clear();
    offsets.set(quarter, offset);
    return offset;
  };
  openZones.set(zone, offsetAt);
  return offsetAt;
}

/** What the clocks of a zone show at an instant (epoch milliseconds); the date's UTC fields hold it. */
export const wallTime = (instant: number, zone: string): Date => new Date(instant + offsetsOf(zone)(instant));

/**
 * When the clocks of a zone show this, in epoch milliseconds. An hour that is repeated in autumn has two answers:
 * `which` chooses. For one that is skipped in spring, both are what the clock would have shown without the jump.
 */
export function instantOf(clock: WallClock, zone: string, which: 'first' | 'last' = 'first'): number {
  const { year, month, day, hour, minute, second } = clock;
  const wall = Date.UTC(year, month - 1, day, hour, minute) + second * SECOND;
  const offsetAt = offsetsOf(zone);
  const [before, after] = [offsetAt(wall - DAY), offsetAt(wall + DAY)];
  const answers = [wall - before, wall - after].filter((instant) => instant + offsetAt(instant) === wall);
  if (answers.length === 0) return wall - before;
  return which === 'first' ? Math.min(...answers) : Math.max(...answers);
}
