import { offsetsOf as zoneOffsets } from '../zone.ts';
import { Lines } from './lines.ts';

/** Seconds since 1970 -> the offset of a zone from UTC then, in seconds. */
type OffsetAt = (second: number) => number;

const DAY = 86_400;
const SWAPPED = 5;

/** @param timezone an IANA name @throws RangeError for a name that is none */
export function offsetsOf(timezone: string): OffsetAt {
  const offsetAt = zoneOffsets(timezone);
  return (second) => offsetAt(second * 1000) / 1000;
}

/**
 * Local time -> UTC. Of the two readings of the hour that autumn repeats it takes the one that keeps the order of the
 * lines.
 *
 * @param local what a clock on the wall showed, as if it were UTC, in seconds since 1970
 * @param earlier the second of the line before
 */
export function toUtc(local: number, offsetAt: OffsetAt, earlier: number): number {
  const before = local - offsetAt(local - DAY);
  const after = local - offsetAt(local + DAY);
  const readings = [before, after].filter((second) => second + offsetAt(second) === local);
  const first = Math.min(...(readings.length > 0 ? readings : [after]));
  // Lines that swapped places are a second or two apart.
  return first >= earlier - SWAPPED ? first : Math.max(first, ...readings);
}

const [HALF_A_YEAR, NEARLY_A_YEAR] = [180, 362];

/** The months and days of lines in their order -> how often a year began between them; it can be negative. */
export class YearCounter {
  private last = Number.NaN;
  years = 0;

  /** @param day of a year that has 372, so that the order of days needs no calendar */
  see(day: number): void {
    if (this.last - day > HALF_A_YEAR) this.years++;
    // A line of 31 December behind one of 1 January swapped places with it; a log can be silent for months.
    else if (day - this.last > NEARLY_A_YEAR) this.years--;
    this.last = day;
  }
}

export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The day of a traditional stamp, for YearCounter; NaN for what is none. @param text from its beginning */
export function dayOf(text: string): number {
  const month = MONTHS.indexOf(text.slice(0, 3));
  const day = Number(text.slice(4, 6));
  return month < 0 || !(day >= 1 && day <= 31) ? Number.NaN : month * 31 + day;
}

/** Whether the stamps of a log have a year, by the first that there is: the very first line can be torn. Null: none yet. */
export function hasYear(log: Buffer): boolean | null {
  for (const line of log.toString('latin1', 0, 65_536).split('\n')) {
    if (/^(?:\d{4}-\d\d-\d\dT|<\d+>1 |\{")/.test(line)) return true;
    if (/^[A-Z][a-z]{2} [ \d]\d \d\d:/.test(line) && !Number.isNaN(dayOf(line))) return false;
  }
  return null;
}

/** How many years begin within a log of traditional stamps: what its first line has to be told. */
export class YearScan {
  private readonly counter = new YearCounter();
  private readonly lines = new Lines();
  private lastHead = -1;

  get years(): number {
    return this.counter.years;
  }

  read(chunk: Buffer): void {
    const { lines } = this;
    lines.push(chunk);
    while (lines.advance()) {
      const { bytes, start, end } = lines;
      if (end - start < 6) continue;
      const head = bytes.readUInt32LE(start) * 0x10000 + bytes.readUInt16LE(start + 4);
      if (head === this.lastHead) continue;
      this.lastHead = head;
      const day = dayOf(bytes.toString('latin1', start, start + 6));
      if (!Number.isNaN(day)) this.counter.see(day);
    }
  }
}
