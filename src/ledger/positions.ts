/** Places of a chain as text, for instance `3,5-9`: each once, in order. */
export function renderPositions(positions: Iterable<number>): string {
  const ranges: [from: number, to: number][] = [];
  for (const position of positions) {
    const last = ranges.at(-1);
    if (last && last[1] === position - 1) last[1] = position;
    else ranges.push([position, position]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}

/** Places of a chain, of which it is asked whether one is among them. */
export class Positions {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  /** @param text as renderPositions writes it */
  constructor(text: string) {
    for (const range of text === '' ? [] : text.split(',')) {
      const [from = Number.NaN, to = from] = range.split('-').map(Number);
      this.starts.push(from);
      this.ends.push(to);
    }
  }

  has(position: number): boolean {
    // The last range that begins at it or before.
    let [low, high] = [0, this.starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.starts[middle] as number) <= position) low = middle + 1;
      else high = middle;
    }
    return low > 0 && position <= (this.ends[low - 1] as number);
  }

  *[Symbol.iterator](): Iterator<number> {
    for (const [index, from] of this.starts.entries())
      for (let position = from; position <= (this.ends[index] as number); position++) yield position;
  }
}
