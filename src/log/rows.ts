import { Spares } from './spares.ts';
import type { SomeRows } from './stretch.ts';

/** Rows of numbers that grow: a session can have tens of thousands, and a hundred thousand sessions one or two. */
export class Rows {
  count = 0;
  numbers = NONE;
  private readonly width: number;

  constructor(width: number) {
    this.width = width;
  }

  /** Those that there are. */
  get used(): Float64Array {
    return this.numbers.subarray(0, this.count * this.width);
  }

  /** @returns the place of a new row */
  add(): number {
    if ((this.count + 1) * this.width > this.numbers.length) this.grow();
    return this.count++;
  }

  /** Adds a copy of some. @returns the place of the first */
  append({ rows, first, count }: SomeRows): number {
    const { width } = this;
    const place = this.count;
    this.count += count;
    while (this.count * width > this.numbers.length) this.grow();
    const { numbers } = this;
    for (let at = place * width, from = first * width, end = this.count * width; at < end; )
      numbers[at++] = rows[from++] as number;
    return place;
  }

  /** Nobody will read them any more. */
  release(): void {
    this.count = 0;
    spares.give(this.numbers);
    this.numbers = NONE;
  }

  private grow(): void {
    const { numbers } = this;
    this.numbers = spares.take(Math.max(this.width * FEWEST, numbers.length * 4));
    this.numbers.set(numbers);
    spares.give(numbers);
  }
}

const FEWEST = 1;
const NONE = new Float64Array(0);
const spares = new Spares(1 << 15, (length) => new Float64Array(length));
