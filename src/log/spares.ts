/** Of each size so many are kept, the sizes being few. */
const MOST = 32;

/** Memory that sessions are done with, for those that come: new memory has to be made empty, page by page. */
export class Spares<Memory extends { readonly length: number }> {
  private readonly byLength = new Map<number, Memory[]>();
  private readonly make: (length: number) => Memory;

  private readonly longest: number;

  /** @param longest more than that is left to the collector: few sessions need as much */
  constructor(longest: number, make: (length: number) => Memory) {
    this.longest = longest;
    this.make = make;
  }

  /** With whatever is in it. */
  take(length: number): Memory {
    return this.byLength.get(length)?.pop() ?? this.make(length);
  }

  give(memory: Memory): void {
    const { length } = memory;
    if (length > this.longest) return;
    const same = this.byLength.get(length);
    if (same === undefined) this.byLength.set(length, [memory]);
    else if (same.length < MOST) same.push(memory);
  }
}
