import type { ChangeRecord } from './change-record.ts';
import { latin1 } from './latin1.ts';
import { type Names, placeOf } from './names.ts';
import { CHANGE_RANK, CHANGE_WIDTH, MOST_BYTES } from './row-shape.ts';
import { Rows } from './rows.ts';
import type { ChangeAction, SessionChange, SetAttributes } from './session.ts';
import { SENT_STATUSES } from './sftp-messages.ts';
import { stampText } from './stamp.ts';
import type { SomeRows } from './stretch.ts';
import { readOneOrTwo } from './two-paths.ts';

export const ACTIONS: readonly ChangeAction[] = [
  ...(['remove', 'rename', 'mkdir', 'rmdir', 'symlink', 'hardlink', 'set', 'refused'] as const),
];
export const STATUSES = ['completed', 'failed', 'unknown'] as const;

/** What sftp-server answers a change with that it has not made; one that it has made has the first. */
export const ERRORS: readonly (string | null)[] = [null, ...SENT_STATUSES];

const [WIDTH, RANK] = [CHANGE_WIDTH, CHANGE_RANK];

/** One of the rows, where it was loaded into. */
export class ChangeRow {
  n = 0;
  /** A double from the beginning, as stamps are. */
  at = Number.NaN;
  /** Its place among ACTIONS. */
  action = 0;
  /** Its place among STATUSES. */
  status = 0;
  /** Its place among ERRORS. */
  error = 0;
  /** Where in the bytes of the rows its name is, or both names with what stands between them, as they were escaped. */
  from = 0;
  to = 0;
  isPlain = false;
  /** Where in the same bytes its attributes are, as JSON; empty if it has none. */
  setFrom = 0;
  setTo = 0;
  evidence = 0;
}

/** The changes of a session, as TransferRows keeps its transfers. */
export class ChangeRows {
  private readonly rows = new Rows(WIDTH);
  private odd: Map<number, SessionChange> | null = null;
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

  /** @returns the place of one that is still to be put there */
  add(): number {
    return this.rows.add();
  }

  release(): void {
    this.rows.release();
  }

  put(place: number, record: ChangeRecord): void {
    const { at: stamp, raw, cut, error, request, set } = record;
    const text = set === null ? '' : setText(set);
    const { numbers } = this.rows;
    const at = place * WIDTH;
    numbers[at + 4] = record.evidence;
    const errorPlace = ERRORS.indexOf(error);
    const isOdd = raw === null || cut || errorPlace < 0 || request !== null || text.length >= MOST_BYTES;
    if (isOdd || !hasNumbers(set) || typeof stamp === 'string') {
      this.odd ??= new Map();
      numbers[at] = Number.NaN;
      this.odd.set(place, record.change);
      return;
    }
    const words = errorPlace * 64 + ACTIONS.indexOf(record.action) * 8 + STATUSES.indexOf(record.status) * 2;
    numbers[at] = record.n * RANK + words + (raw.isPlain ? 1 : 0);
    numbers[at + 1] = placeOf(raw);
    numbers[at + 2] = stamp;
    numbers[at + 3] = text === '' ? 0 : placeOf(this.names.keepText(text));
  }

  /** As TransferRows.append. */
  append({ rows, first, count }: SomeRows, ranks: number, names: number): void {
    let at = this.rows.addMany(count) * WIDTH;
    const { numbers } = this.rows;
    const [rank, name] = [ranks * RANK, names * MOST_BYTES];
    numbers.set(rows.subarray(first * WIDTH, (first + count) * WIDTH), at);
    for (const end = at + count * WIDTH; at < end; at += WIDTH) {
      const set = numbers[at + 3] as number;
      numbers[at] = (numbers[at] as number) + rank;
      numbers[at + 1] = (numbers[at + 1] as number) + name;
      if (set !== 0) numbers[at + 3] = set + name;
    }
  }

  oddAt(place: number): SessionChange | undefined {
    return this.odd?.get(place);
  }

  /** Not of one that is odd. */
  load(place: number, row: ChangeRow): void {
    const { numbers } = this.rows;
    const at = place * WIDTH;
    const first = numbers[at] as number;
    const words = first % RANK;
    row.n = (first - words) / RANK;
    row.error = words >> 6;
    row.action = (words >> 3) & 7;
    row.status = (words >> 1) & 3;
    row.isPlain = (words & 1) !== 0;
    const name = numbers[at + 1] as number;
    row.to = name % MOST_BYTES;
    row.from = (name - row.to) / MOST_BYTES;
    row.to += row.from;
    row.at = numbers[at + 2] as number;
    const set = numbers[at + 3] as number;
    row.setTo = set % MOST_BYTES;
    row.setFrom = (set - row.setTo) / MOST_BYTES;
    row.setTo += row.setFrom;
    row.evidence = this.evidenceAt(place);
  }

  /** Of one that is odd too. */
  evidenceAt(place: number): number {
    return this.rows.numbers[place * WIDTH + 4] as number;
  }

  change(place: number): SessionChange {
    const odd = this.oddAt(place);
    if (odd !== undefined) return odd;
    const row = new ChangeRow();
    this.load(place, row);
    const { bytes } = this;
    const { n, at } = row;
    const action = ACTIONS[row.action] as ChangeAction;
    const status = STATUSES[row.status] as SessionChange['status'];
    const { path, pathRaw, target, readings } = readOneOrTwo(action, latin1(bytes, row.from, row.to), false);
    const set = latin1(bytes, row.setFrom, row.setTo);
    const error = ERRORS[row.error] ?? null;
    return {
      ...{ n, at: stampText(at), action, path, status },
      ...(pathRaw !== undefined && { pathRaw }),
      ...(target !== undefined && { target }),
      ...(readings && { readings }),
      ...(set !== '' && { set: JSON.parse(set) as SetAttributes }),
      ...(error !== null && { error }),
    };
  }
}

/** As JSON, of which most have only these two. */
const setText = (set: SetAttributes): string => {
  const { size, mode, modtime, uid } = set;
  if (size !== undefined || uid !== undefined || mode === undefined || modtime === undefined)
    return JSON.stringify(set);
  return `{"mode":"${mode}","modtime":"${modtime}"}`;
};

/** JSON knows no number of hundreds of digits. */
const hasNumbers = (set: SetAttributes | null): boolean =>
  set === null || (set.size !== Infinity && set.uid !== Infinity && set.gid !== Infinity);
