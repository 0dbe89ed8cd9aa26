import { spawnSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { refused } from '../errors.ts';
import { WATCH_FOLDER } from '../plan/watch.ts';
import type { Kept } from './event.ts';
import type { Batch } from './follow.ts';
import type { Position } from './position.ts';
import { RecordFile, type RecordPlace } from './record-file.ts';

/** One thing to be delivered to one place: an event, or several that were gathered. */
export interface Delivery {
  /** The same at every attempt, and after a restart. */
  id: string;
  sink: string;
  /** Whom within the sink, where there are several; a mail address. */
  to: string;
  parts: Part[];
  attempts: number;
  /** Epoch milliseconds: not to be tried before. */
  due: number;
}

interface Part {
  id: string;
  /** Epoch milliseconds of when it was kept. */
  kept: number;
  place: RecordPlace;
}

/** Where an event is to go. */
export interface Target {
  sink: string;
  to: string;
  /** Milliseconds in which others for the same place are gathered with it. */
  gather: number;
}

interface Use {
  id: string;
  place: RecordPlace;
  targets: readonly Target[];
  /** Deliveries to be made. */
  count: number;
}

type Key = [sink: string, to: string, id: string];
type Record =
  | { event: Kept; targets: Target[]; kept: number }
  | { position: Position; told: string[]; mark: number }
  | { known: [id: string, mark: number][] }
  | { gathered: Key; ids: string[] }
  | { done: Key }
  | { failed: Key; attempts: number; due: number };

const keyOf = ({ sink, to, id }: Pick<Delivery, 'sink' | 'to' | 'id'>): Key => [sink, to, id];
const nameOf = (key: Key): string => key.join('\0');

const OUTBOX = 'outbox';
/** That of the daemon. */
export const OUTBOX_FILE = join(WATCH_FOLDER, OUTBOX);

/** What is dead weight in the file before it is written anew. */
const MOST_WASTE = 16 << 20;

/**
 * What was read of the logs and is still to be delivered, on disk: the position of the reading and what came of it are kept
 * together or not at all. In memory is only where each event stands.
 */
export class Outbox {
  position: Position | null = null;
  private readonly file: RecordFile;
  private readonly lock: number;
  private readonly told = new Map<string, number>();
  private readonly pending = new Map<string, Delivery>();
  /** Events of which something is still to be delivered, by where they stand. */
  private readonly uses = new Map<number, Use>();
  private live = 0;
  private isFirst = true;

  /** @throws OperatorError `refused` while another process has it open */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.lock = openSync(join(folder, 'lock'), constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    // The kernel's lock, of a descriptor that ends with us however we end.
    const { status, error } = spawnSync('flock', ['--exclusive', '--nonblock', '3'], {
      stdio: ['ignore', 'ignore', 'ignore', this.lock],
    });
    if (error) throw error;
    if (status !== 0) throw refused(`${folder} is in use by another sftpjail watch`, 'systemctl status sftpjail-watch');
    let fresh: { event: Kept; targets: Target[]; kept: number; place: RecordPlace }[] = [];
    this.file = new RecordFile(join(folder, OUTBOX), (value, place) => {
      const record = value as Record;
      if ('event' in record) fresh.push({ ...record, place });
      else {
        // Events count once the position that they came with is there too.
        if ('position' in record)
          for (const { event, targets, kept, place } of fresh) this.add(event, targets, kept, place);
        if ('position' in record) fresh = [];
        this.replay(record);
      }
    });
  }

  /** Whether it was kept before and can come again. */
  isTold(id: string): boolean {
    return this.told.has(id);
  }

  /** How many deliveries are still to be made. */
  get length(): number {
    return this.pending.size;
  }

  get deliveries(): Iterable<Delivery> {
    return this.pending.values();
  }

  /** All or nothing. @returns what is to be delivered now */
  keep(
    events: readonly { event: Kept; targets: Target[] }[],
    batch: Pick<Batch, 'position' | 'told' | 'mark'>,
  ): Delivery[] {
    const kept = Date.now();
    const { position, told, mark } = batch;
    const places = this.file.append([...events.map((each) => ({ ...each, kept })), { position, told, mark }]);
    const deliveries = events.flatMap(({ event, targets }, index) =>
      this.add(event, targets, kept, places[index] as RecordPlace),
    );
    if (this.isFirst) for (const id of this.told.keys()) this.told.set(id, mark);
    this.isFirst = false;
    this.remember(position, told, mark);
    this.tidy();
    return deliveries;
  }

  /**
   * Keeps events that are not of the logs, of which the reading stays where it is.
   *
   * @param told ids by which they would be known if they came again soon
   * @returns what is to be delivered now
   * @throws where no position was kept yet
   */
  keepBeside(events: readonly { event: Kept; targets: Target[] }[], told: readonly string[]): Delivery[] {
    const { position } = this;
    if (position === null) throw new Error('the logs are not read yet');
    const kept = Date.now();
    const { mark } = position;
    const places = this.file.append([
      ...events.map((each) => ({ ...each, kept })),
      { position, told: [...told], mark },
    ]);
    for (const id of told) this.told.set(id, mark);
    return events.flatMap(({ event, targets }, index) => this.add(event, targets, kept, places[index] as RecordPlace));
  }

  /** Several become one, under an id that is written down before anything is sent. */
  gather(parts: readonly Delivery[], id: string): Delivery {
    const [{ sink, to } = { sink: '', to: '' }] = parts;
    const key: Key = [sink, to, id];
    this.file.append([{ gathered: key, ids: parts.map((part) => part.id) }]);
    return this.join(
      key,
      parts.map((part) => part.id),
    );
  }

  eventsOf({ parts }: Delivery): Kept[] {
    return parts.map(({ place }) => (this.file.read(place) as { event: Kept }).event);
  }

  done(delivery: Delivery): void {
    if (!this.pending.has(nameOf(keyOf(delivery)))) return;
    this.file.append([{ done: keyOf(delivery) }], false);
    this.drop(keyOf(delivery));
    this.tidy();
  }

  failed(delivery: Delivery, due: number): void {
    delivery.attempts++;
    delivery.due = due;
    this.file.append([{ failed: keyOf(delivery), attempts: delivery.attempts, due }], false);
  }

  /** What was delivered is written down; it would be delivered again otherwise, under its id. */
  sync(): void {
    this.file.sync();
  }

  close(): void {
    this.file.sync();
    this.file.close();
    closeSync(this.lock);
  }

  private replay(record: Exclude<Record, { event: Kept }>): void {
    if ('position' in record) this.remember(record.position, record.told, record.mark);
    else if ('known' in record) for (const [id, mark] of record.known) this.told.set(id, mark);
    else if ('gathered' in record) this.join(record.gathered, record.ids);
    else if ('done' in record) this.drop(record.done);
    else {
      const delivery = this.pending.get(nameOf(record.failed));
      if (delivery) [delivery.attempts, delivery.due] = [record.attempts, record.due];
    }
  }

  private remember(position: Position, told: readonly string[], mark: number): void {
    this.position = position;
    for (const id of told) this.told.set(id, mark);
    for (const [id, earlier] of this.told) if (earlier < position.mark) this.told.delete(id);
  }

  private add({ event, id }: Kept, targets: readonly Target[], kept: number, place: RecordPlace): Delivery[] {
    if (targets.length === 0) return [];
    this.uses.set(place.offset, { id: `${event} ${id}`, place, targets, count: 0 });
    this.live += place.length;
    return targets.map(({ sink, to, gather }) => {
      const part = { id: `${event} ${id}`, kept, place };
      const delivery = { id: part.id, sink, to, parts: [part], attempts: 0, due: kept + gather };
      this.put(delivery);
      return delivery;
    });
  }

  private put(delivery: Delivery): void {
    this.drop(keyOf(delivery));
    this.pending.set(nameOf(keyOf(delivery)), delivery);
    for (const { place } of delivery.parts) {
      const use = this.uses.get(place.offset);
      if (use) use.count++;
    }
  }

  private drop(key: Key): void {
    const delivery = this.pending.get(nameOf(key));
    this.pending.delete(nameOf(key));
    for (const { place } of delivery?.parts ?? []) {
      const use = this.uses.get(place.offset);
      if (use === undefined || --use.count > 0) continue;
      this.uses.delete(place.offset);
      this.live -= use.place.length;
    }
  }

  private join(key: Key, ids: readonly string[]): Delivery {
    const [sink, to, id] = key;
    const parts = ids.flatMap((each) => this.pending.get(nameOf([sink, to, each]))?.parts ?? []);
    for (const each of ids) this.drop([sink, to, each]);
    const delivery = { id, sink, to, parts, attempts: 0, due: 0 };
    this.put(delivery);
    return delivery;
  }

  /** The file is written anew when most of it is done with. */
  private tidy(): void {
    if (this.position === null || this.file.size - this.live < Math.max(MOST_WASTE, this.live)) return;
    const uses = [...this.uses.values()];
    const all = [...this.pending.values()];
    const open = new Set(all.flatMap(({ sink, to, parts }) => parts.map((part) => nameOf([sink, to, part.id]))));
    const done = uses.flatMap(({ id, targets }) =>
      targets.map(({ sink, to }): Key => [sink, to, id]).filter((key) => !open.has(nameOf(key))),
    );
    const places = this.file.rewrite(
      [{ known: [...this.told] }],
      uses.map(({ place }) => place),
      [
        { position: this.position, told: [], mark: this.position.mark },
        ...done.map((key) => ({ done: key })),
        ...all.flatMap(historyOf),
      ],
    );
    const moved = new Map(uses.map(({ place }, index) => [place.offset, places[index] as RecordPlace]));
    this.uses.clear();
    for (const use of uses) {
      use.place = moved.get(use.place.offset) as RecordPlace;
      this.uses.set(use.place.offset, use);
    }
    for (const { parts } of all) for (const part of parts) part.place = moved.get(part.place.offset) as RecordPlace;
  }
}

/** What became of a delivery since its events were kept. */
function historyOf(delivery: Delivery): Record[] {
  const { id, parts, attempts, due } = delivery;
  const isGathered = parts.length !== 1 || parts[0]?.id !== id;
  return [
    ...(isGathered ? [{ gathered: keyOf(delivery), ids: parts.map((part) => part.id) }] : []),
    ...(attempts > 0 ? [{ failed: keyOf(delivery), attempts, due }] : []),
  ];
}
