import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../errors.ts';
import type { Kept } from './event.ts';
import type { Delivery, Outbox } from './outbox.ts';
import { Schedule } from './schedule.ts';

/** Where events go to. */
export interface Sink {
  name: string;
  /** How many deliveries at a time. */
  concurrency: number;
  /** How those of one recipient are put together when their time has come; null where each goes alone. */
  gather: Gathering | null;
  /**
   * Delivers, or throws: then it is tried again.
   *
   * @param id the same at every attempt
   * @throws Hopeless for what no later attempt can mend
   */
  deliver(events: readonly Kept[], delivery: Pick<Delivery, 'id' | 'to' | 'parts'>, signal: AbortSignal): Promise<void>;
}

export interface Gathering {
  isMeant(delivery: Delivery): boolean;
  /** @returns what they are called together */
  id(deliveries: readonly Delivery[]): string;
}

/** So many are put together at most. */
const MOST_GATHERED = 200;

/** No later attempt can do better. */
export class Hopeless extends Error {}

export interface Retry {
  /** Milliseconds between the first attempt and the second; doubled each time. */
  first: number;
  most: number;
  /** After so many milliseconds it is given up. */
  for: number;
}

export interface SinkCounts {
  delivered: number;
  failed: number;
  givenUp: number;
  waiting: number;
}

/** A sink with its own queue: nothing waits for another sink. */
export class SinkQueue {
  readonly sink: Sink;
  readonly counts: SinkCounts = { delivered: 0, failed: 0, givenUp: 0, waiting: 0 };
  private readonly outbox: Outbox;
  private readonly retry: Retry;
  private readonly report: (text: string) => void;
  private readonly schedule = new Schedule<Delivery>();
  private readonly running = new Set<Promise<void>>();
  private readonly stop = new AbortController();
  private readonly hurry = new AbortController();
  private timer: NodeJS.Timeout | null = null;

  /** @param report told of attempts that failed */
  constructor(sink: Sink, outbox: Outbox, retry: Retry, report: (text: string) => void) {
    this.sink = sink;
    this.outbox = outbox;
    this.retry = retry;
    this.report = report;
  }

  add(delivery: Delivery): void {
    this.counts.waiting++;
    this.schedule.add(delivery.attempts, delivery.due, delivery);
    this.turn();
  }

  /** Waits for what is being delivered; what is not begun stays for another time. */
  async end(patience: number): Promise<void> {
    this.stop.abort();
    if (this.timer !== null) clearTimeout(this.timer);
    const enough = new AbortController();
    await Promise.race([
      Promise.all(this.running),
      sleep(patience, undefined, { signal: enough.signal }).catch(() => {}),
    ]);
    enough.abort();
    this.hurry.abort();
    await Promise.race([Promise.all(this.running), sleep(1000, undefined, { ref: false })]);
  }

  private turn(): void {
    if (this.stop.signal.aborted) return;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    while (this.running.size < this.sink.concurrency) {
      const next = this.schedule.take(Date.now());
      if (next === null) break;
      const work = this.deliver(this.gathered(next)).finally(() => {
        this.running.delete(work);
        this.turn();
      });
      this.running.add(work);
    }
    const due = this.schedule.due;
    if (due === null || this.running.size >= this.sink.concurrency) return;
    // A timer cannot wait for longer than 24 days.
    this.timer = setTimeout(() => this.turn(), Math.min(Math.max(0, due - Date.now()), 86_400_000));
  }

  /** The first of a recipient brings with it what has come for them since. */
  private gathered(first: Delivery): Delivery {
    const { gather } = this.sink;
    const isAlone = (delivery: Delivery) => delivery.attempts === 0 && delivery.parts.length === 1;
    if (gather === null || !isAlone(first) || !gather.isMeant(first)) return first;
    const others = this.schedule.takeAll(
      (other) => other.to === first.to && isAlone(other) && gather.isMeant(other),
      MOST_GATHERED - 1,
    );
    if (others.length === 0) return first;
    const all = [first, ...others];
    this.counts.waiting -= others.length;
    return this.outbox.gather(all, gather.id(all));
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const { sink, outbox, counts } = this;
    const what = `${sink.name}${delivery.to && ` to ${delivery.to}`}: ${delivery.id}`;
    try {
      await sink.deliver(outbox.eventsOf(delivery), delivery, this.hurry.signal);
      counts.delivered++;
      counts.waiting--;
      this.note(() => outbox.done(delivery));
    } catch (error) {
      counts.failed++;
      const age = Date.now() - Math.min(...delivery.parts.map(({ kept }) => kept));
      const isHopeless = error instanceof Hopeless;
      if (isHopeless || age > this.retry.for) {
        counts.givenUp++;
        counts.waiting--;
        this.report(`${what}: given up after ${delivery.attempts + 1} attempts: ${reasonOf(error)}`);
        this.note(() => outbox.done(delivery));
        return;
      }
      const wait = Math.min(this.retry.most, this.retry.first * 2 ** delivery.attempts);
      this.report(`${what}: attempt ${delivery.attempts + 1} failed, next in ${wait / 1000} s: ${reasonOf(error)}`);
      this.note(() => outbox.failed(delivery, Date.now() + wait));
      this.schedule.add(delivery.attempts, delivery.due, delivery);
    }
  }

  /** A full disk must not stop what can go on: at worst it is delivered again after a restart. */
  private note(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.report(`cannot write to the outbox: ${reasonOf(error)}`);
    }
  }
}
