/**
 * What is to be done at some time. Whatever was tried equally often waits equally long, so that a line for each number of
 * attempts is in order by itself, but for what was put into it before a restart.
 */
export class Schedule<Item> {
  private readonly lines = new Map<number, { due: number; item: Item }[]>();

  add(attempts: number, due: number, item: Item): void {
    const line = this.lines.get(attempts) ?? [];
    this.lines.set(attempts, line);
    let at = line.length;
    while (at > 0 && (line[at - 1]?.due ?? 0) > due) at--;
    if (at === line.length) line.push({ due, item });
    else line.splice(at, 0, { due, item });
  }

  /** When the next is due; null where there is none. */
  get due(): number | null {
    const line = this.earliest();
    return line?.[0]?.due ?? null;
  }

  /** What has been due for longest, if anything is by now. */
  take(now: number): Item | null {
    const line = this.earliest();
    const [first] = line ?? [];
    if (line === null || first === undefined || first.due > now) return null;
    line.shift();
    return first.item;
  }

  /** Whatever fits, due or not, but no more than so many. */
  takeAll(isMeant: (item: Item) => boolean, most: number): Item[] {
    const taken: Item[] = [];
    for (const [attempts, line] of this.lines) {
      const left = line.filter(({ item }) => {
        const isTaken = taken.length < most && isMeant(item);
        if (isTaken) taken.push(item);
        return !isTaken;
      });
      this.lines.set(attempts, left);
    }
    return taken;
  }

  private earliest(): { due: number; item: Item }[] | null {
    let best: { due: number; item: Item }[] | null = null;
    for (const line of this.lines.values()) {
      const [first] = line;
      if (first !== undefined && (best === null || first.due < (best[0]?.due ?? 0))) best = line;
    }
    return best;
  }
}
