/** First in, first out, at the same price however long it is. */
export class Queue<Item> {
  private items: Item[] = [];
  private head = 0;

  get first(): Item | undefined {
    return this.items[this.head];
  }

  put(item: Item): void {
    this.items.push(item);
  }

  /** Takes the first out; there has to be one. */
  take(): Item {
    const item = this.items[this.head++] as Item;
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }
}
