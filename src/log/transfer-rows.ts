import type { Handle } from './handle.ts';
import { latin1 } from './latin1.ts';
import { type Names, placeOf } from './names.ts';
import { readPath } from './paths.ts';
import { MOST_BYTES, TRANSFER_RANK, TRANSFER_WIDTH } from './row-shape.ts';
import { Rows } from './rows.ts';
import type { Transfer } from './session.ts';
import { stampTextOrNull } from './stamp.ts';
import type { SomeRows } from './stretch.ts';

export const DIRECTIONS = ['upload', 'download', 'both', 'none'] as const;
export const STATUSES = ['completed', 'partial', 'failed', 'unknown'] as const;

const [WIDTH, RANK] = [TRANSFER_WIDTH, TRANSFER_RANK];

/** One of the rows, where it was loaded into. */
export class TransferRow {
  n = 0;
  /** Its place among DIRECTIONS. */
  direction = 0;
  /** Where in the bytes of the rows its name is, as it was escaped. */
  from = 0;
  to = 0;
  isPlain = false;
  /** NaN where it is not known; so are the stamps. */
  bytesRead = Number.NaN;
  bytesWritten = Number.NaN;
  /** Its place among STATUSES. */
  status = 0;
  exact = false;
  opened = Number.NaN;
  closed = Number.NaN;
  evidence = 0;
}

/**
 * The transfers of a session, in the order of their beginning: seven numbers for each and its name, until the session is
 * told. What numbers cannot say is kept as it is.
 */
export class TransferRows {
  private readonly rows = new Rows(WIDTH);
  private odd: Map<number, Transfer> | null = null;
  private readonly names: Names;

  constructor(names: Names) {
    this.names = names;
  }

  get length(): number {
    return this.rows.count;
  }

  /** The rows, one after the other; the first number of one that is odd is NaN. */
  get numbers(): Float64Array {
    return this.rows.used;
  }

  /** In which their names are. */
  get bytes(): Buffer {
    return this.names.used;
  }

  /** @returns the place of one of which no more is known yet than its rank */
  add(): number {
    return this.rows.add();
  }

  release(): void {
    this.rows.release();
  }

  put(place: number, handle: Handle): void {
    const { opened, closed, raw, paths, error, copy } = handle;
    const isOdd = paths !== null || error !== null || copy !== undefined;
    const { numbers } = this.rows;
    const at = place * WIDTH;
    numbers[at + 6] = handle.evidence;
    if (isOdd || typeof opened === 'string' || typeof closed === 'string') {
      this.odd ??= new Map();
      numbers[at] = Number.NaN;
      this.odd.set(place, handle.transfer);
      return;
    }
    const words = placeIn(DIRECTIONS, handle.direction) * 16 + placeIn(STATUSES, handle.status) * 4;
    numbers[at] = handle.n * RANK + words + (handle.exact ? 2 : 0) + (raw.isPlain ? 1 : 0);
    numbers[at + 1] = placeOf(raw);
    numbers[at + 2] = numberOf(handle.bytesRead);
    numbers[at + 3] = numberOf(handle.bytesWritten);
    numbers[at + 4] = numberOf(opened);
    numbers[at + 5] = numberOf(closed);
  }

  /** @param ranks how many ranks come before those of the rows. @param names where their names begin */
  append({ rows, first, count }: SomeRows, ranks: number, names: number): void {
    let at = this.rows.addMany(count) * WIDTH;
    const { numbers } = this.rows;
    const [rank, name] = [ranks * RANK, names * MOST_BYTES];
    numbers.set(rows.subarray(first * WIDTH, (first + count) * WIDTH), at);
    for (const end = at + count * WIDTH; at < end; at += WIDTH) {
      numbers[at] = (numbers[at] as number) + rank;
      numbers[at + 1] = (numbers[at + 1] as number) + name;
    }
  }

  oddAt(place: number): Transfer | undefined {
    return this.odd?.get(place);
  }

  /** Not of one that is odd. */
  load(place: number, row: TransferRow): void {
    const { numbers } = this.rows;
    const at = place * WIDTH;
    const first = numbers[at] as number;
    const words = first % RANK;
    row.n = (first - words) / RANK;
    row.direction = words >> 4;
    row.status = (words >> 2) & 3;
    row.exact = (words & 2) !== 0;
    row.isPlain = (words & 1) !== 0;
    const name = numbers[at + 1] as number;
    const length = name % MOST_BYTES;
    row.from = (name - length) / MOST_BYTES;
    row.to = row.from + length;
    row.bytesRead = numbers[at + 2] as number;
    row.bytesWritten = numbers[at + 3] as number;
    row.opened = numbers[at + 4] as number;
    row.closed = numbers[at + 5] as number;
    row.evidence = this.evidenceAt(place);
  }

  /** Of one that is odd too. */
  evidenceAt(place: number): number {
    return this.rows.numbers[place * WIDTH + 6] as number;
  }

  transfer(place: number): Transfer {
    const odd = this.oddAt(place);
    if (odd !== undefined) return odd;
    const row = new TransferRow();
    this.load(place, row);
    const { n, exact } = row;
    const direction = DIRECTIONS[row.direction] as Transfer['direction'];
    const status = STATUSES[row.status] as Transfer['status'];
    const [bytesRead, bytesWritten] = [ofNumber(row.bytesRead), ofNumber(row.bytesWritten)];
    const { path, pathRaw } = readPath(latin1(this.bytes, row.from, row.to), false);
    return {
      ...{ n, direction, path, bytesRead, bytesWritten, status, exact },
      ...{ opened: stampTextOrNull(ofNumber(row.opened)), closed: stampTextOrNull(ofNumber(row.closed)) },
      ...(pathRaw !== undefined && { pathRaw }),
    };
  }
}

/** As indexOf, which takes longer for so few. */
function placeIn(words: readonly string[], word: string): number {
  let place = 0;
  while (words[place] !== word) place++;
  return place;
}

const numberOf = (value: number | null): number => (value === null ? Number.NaN : value);
const ofNumber = (value: number): number | null => (Number.isNaN(value) ? null : value);
