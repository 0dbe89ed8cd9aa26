/** A set of absolute paths that knows which of them are beneath a folder. */
export class NameTree implements Iterable<string> {
  readonly #names = new Set<string>();
  readonly #beneath = new Map<string, Set<string>>();

  constructor(names: Iterable<string> = []) {
    for (const name of names) this.add(name);
  }

  get size(): number {
    return this.#names.size;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.#names[Symbol.iterator]();
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  add(name: string): void {
    if (this.#names.has(name)) return;
    this.#names.add(name);
    for (const folder of foldersOf(name)) {
      const names = this.#beneath.get(folder);
      if (names) names.add(name);
      else this.#beneath.set(folder, new Set([name]));
    }
  }

  delete(name: string): void {
    if (!this.#names.delete(name)) return;
    for (const folder of foldersOf(name)) {
      const names = this.#beneath.get(folder);
      names?.delete(name);
      if (names?.size === 0) this.#beneath.delete(folder);
    }
  }

  /** What stands behind this path in each name that is the path itself (`''`) or is beneath it (`/a/b`). */
  suffixes(path: string): string[] {
    const beneath = [...(this.#beneath.get(path) ?? [])].map((name) => name.slice(path.length));
    return this.#names.has(path) ? ['', ...beneath] : beneath;
  }

  beginningWith(prefix: string): string[] {
    const folder = prefix.slice(0, prefix.lastIndexOf('/'));
    return [...(this.#beneath.get(folder) ?? [])].filter((name) => name.startsWith(prefix));
  }
}

function* foldersOf(name: string): Generator<string> {
  for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) yield name.slice(0, end);
}
