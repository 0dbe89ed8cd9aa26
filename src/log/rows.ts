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
    if ((this.count + 1) * this.width > this.numbers.length) this.grow();
    return this.count++;
  }

  private grow(): void {
    const { numbers } = this;
    this.numbers = new Float64Array(Math.max(this.width * FEWEST, numbers.length * 4));
    this.numbers.set(numbers);
  }
}

const FEWEST = 4;
const NONE = new Float64Array(0);
