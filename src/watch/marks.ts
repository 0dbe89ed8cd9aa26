import type { Place } from './place.ts';

interface Mark {
  number: number;
  /** The latest of its lines, seconds since 1970. */
  second: number;
  /** Of each log, before the first of its lines. */
  places: readonly Place[];
}

const MOST = 4096;

/** Where in the logs each second began, as far back as something may have to be read again. */
export class Marks {
  private marks: Mark[] = [];
  private next: number;

  constructor(first: number) {
    this.next = first;
  }

  /** The one that lines belong to now. */
  get number(): number {
    return this.next - 1;
  }

  /** A line of another second than the one before is about to be read. */
  add(second: number, places: readonly Place[]): void {
    this.marks.push({ number: this.next++, second, places });
    if (this.marks.length > MOST) this.thinOut();
  }

  /** The first that can have a line of this second, or of a later one; null where none can. What is older is forgotten. */
  first(second: number): Mark | null {
    const index = this.marks.findIndex((mark) => mark.second >= second);
    if (index > 0) this.marks = this.marks.slice(index);
    if (index < 0) this.marks = this.marks.slice(-1);
    return index < 0 ? null : (this.marks[0] ?? null);
  }

  /** Two become one, so that a session of many days costs no more room than one of an hour. */
  private thinOut(): void {
    this.marks = this.marks.flatMap((mark, index, all) => {
      if (index % 2 === 1) return [];
      return [{ ...mark, second: Math.max(mark.second, all[index + 1]?.second ?? mark.second) }];
    });
  }
}
