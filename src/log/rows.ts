/** Rows of numbers that grow: a session can have tens of thousands, and a hundred thousand sessions one or two. */
export class Rows {
  count = 0;
  numbers = NONE;
  private readonly width: number;

  constructor(width: number) {
    this.width = width;
  }

  /** @returns the place of a new row */
  add(): number {
    const { width, numbers } = this;
    if ((this.count + 1) * width > numbers.length) {
      this.numbers = new Float64Array(Math.max(width * FEWEST, numbers.length * 2));
      this.numbers.set(numbers);
    }
    return this.count++;
  }
}

const FEWEST = 4;
const NONE = new Float64Array(0);
