import type { HistoryEvent } from './history-event.ts';
import { NameTree } from './name-tree.ts';

/** What became of one file or folder, from the first that the log knows of it to the last. */
export interface Life {
  /** Its names now, by whether it is certain that it has them. */
  names: Map<string, boolean>;
  events: HistoryEvent[];
  /** It had one of the wanted names at some time. */
  wanted: boolean;
  /** Something that succeeded shows that it existed. */
  proven: boolean;
  /** Events that happened to it if it existed. */
  assumed: HistoryEvent[];
  /** It had other names before. */
  moved: boolean;
  /** How it ended, with the last of its events; null while it can exist. */
  end: 'removed' | 'replaced' | 'gone' | null;
}

/** Which file stands under which name at one moment; only of those that can still get a wanted name, or had one. */
export class Lives {
  readonly #wanted: ReadonlySet<string>;
  readonly #followed: NameTree;
  readonly #all = new Set<Life>();
  readonly #under = new Map<string, Set<Life>>();
  readonly #held = new NameTree();
  readonly #vacant = new Set<string>();
  readonly #last = new Map<string, Life>();

  /** @param followed the names from which a file can come to a wanted one */
  constructor(wanted: ReadonlySet<string>, followed: NameTree) {
    this.#wanted = wanted;
    this.#followed = followed;
  }

  /**
   * Those that had a wanted name, by their first event. Of what would have moved with its folder if it had existed
   * nothing is told, unless nothing else is known.
   */
  wanted(): Life[] {
    const all = [...this.#all].filter((life) => life.wanted && life.events.length > 0);
    const known = all.filter(({ proven, events }) => proven || !events.every(isAssumed));
    return known.length > 0 ? known : all;
  }

  at(name: string): Life[] {
    return [...(this.#under.get(name) ?? [])];
  }

  /** The one that is at this name for certain. */
  surelyAt(name: string): Life | undefined {
    return this.at(name).find((life) => life.names.get(name));
  }

  /** The last one that had this name. */
  lastAt(name: string): Life | undefined {
    return this.#last.get(name);
  }

  isFollowed(name: string): boolean {
    return this.#followed.has(name);
  }

  matters(name: string): boolean {
    return this.#followed.has(name) || this.#under.has(name);
  }

  /** Nothing is at this name, as far as the log tells. */
  isVacant(name: string): boolean {
    return this.#vacant.has(name);
  }

  vacate(name: string): void {
    if (this.#followed.has(name)) this.#vacant.add(name);
  }

  /** What stands behind a path in each name of interest that is this path or beneath it. */
  suffixes(path: string): Set<string> {
    return new Set([...this.#held.suffixes(path), ...this.#followed.suffixes(path)]);
  }

  namesBeginningWith(prefix: string): Set<string> {
    return new Set([...this.#held.beginningWith(prefix), ...this.#followed.beginningWith(prefix)]);
  }

  begin(name: string, proven: boolean): Life {
    const life: Life = { names: new Map(), events: [], wanted: false, proven, assumed: [], moved: false, end: null };
    this.#all.add(life);
    this.put(life, name, true);
    return life;
  }

  put(life: Life, name: string, sure: boolean): void {
    life.names.set(name, sure);
    life.wanted ||= this.#wanted.has(name);
    const lives = this.#under.get(name);
    if (lives) lives.add(life);
    else this.#under.set(name, new Set([life]));
    this.#held.add(name);
    this.#vacant.delete(name);
  }

  /** It stays there, but not for certain. */
  doubt(life: Life, name: string): void {
    if (life.names.has(name)) life.names.set(name, false);
  }

  takeAway(life: Life, name: string): void {
    life.names.delete(name);
    const lives = this.#under.get(name);
    lives?.delete(life);
    if (lives?.size === 0) {
      this.#under.delete(name);
      this.#held.delete(name);
    }
    if (this.#followed.has(name)) this.#last.set(name, life);
  }

  /** Forgets a file that had no wanted name and can get none any more. */
  settle(life: Life): void {
    if (life.wanted || [...life.names.keys()].some((name) => this.#followed.has(name))) return;
    for (const name of [...life.names.keys()]) this.takeAway(life, name);
    this.#all.delete(life);
  }
}

const isAssumed = ({ possible, status }: HistoryEvent): boolean => possible === true && status === 'completed';
