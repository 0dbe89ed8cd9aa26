import { Spares } from './spares.ts';

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

  /** @returns the place of the first of so many new rows */
  addMany(count: number): number {
    const first = this.count;
    this.count += count;
    while (this.count * this.width > this.numbers.length) this.grow();
    return first;
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
