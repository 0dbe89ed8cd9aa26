import type { Bytes } from './escape.ts';
import type { TransferTruth } from './truth.ts';

export type Handle = { kind: 'file'; name: Bytes; transfer: TransferTruth } | { kind: 'folder'; name: Bytes };

/** The table of open handles: the number freed last is given out first (sftp-server.c, handle_new). */
export class Handles {
  readonly #used: (Handle | null)[] = [];
  readonly #free: number[] = [];
  readonly #order: number[] = [];

  add(handle: Handle): number {
    const number = this.#free.pop() ?? this.#used.length;
    this.#used[number] = handle;
    this.#order.push(number);
    return number;
  }

  /** The number that is meant: one below 0 counts back from the handle given out last, among those still open. */
  meant(number: number): number {
    return number < 0 ? (this.#order.at(number) ?? 99) : number;
  }

  get(number: number): Handle | null {
    return this.#used[number] ?? null;
  }

  file(number: number): (Handle & { kind: 'file' }) | null {
    const handle = this.get(number);
    return handle?.kind === 'file' ? handle : null;
  }

  /** What sftp-server prints where a name belongs: printf's own word for no name. */
  name(number: number): Bytes {
    return this.get(number)?.name ?? '(null)';
  }

  remove(number: number): boolean {
    if (this.get(number) === null) return false;
    this.#used[number] = null;
    this.#free.push(number);
    this.#order.splice(this.#order.indexOf(number), 1);
    return true;
  }

  /** Those still open, by number: the order of handle_log_exit. */
  open(): Handle[] {
    return this.#used.filter((handle) => handle !== null);
  }
}
