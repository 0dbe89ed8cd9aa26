import type { LoginRecord, Session } from '../../src/log/session.ts';
import { type Batch, openFollower } from '../../src/watch/follow.ts';
import type { Gap, Position } from '../../src/watch/position.ts';

const PACE = { look: 2, longLook: 10, quiet: 15, keep: 10 };

/** Somebody who keeps what a follower tells, and may be killed at any time. */
export class Keeper {
  readonly sessions: Session[] = [];
  readonly logins: LoginRecord[] = [];
  /** Ids of sessions that were told to have begun, and how many were told so. */
  readonly opened: string[] = [];
  /** Of uploads and of other lines that were told and kept. */
  readonly uploads: string[] = [];
  readonly touches: string[] = [];
  readonly gaps: Gap[] = [];
  readonly warnings: string[] = [];
  position: Position | null = null;
  private told = new Map<string, number>();
  private stop = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private readonly logs: readonly string[];

  constructor(...logs: readonly string[]) {
    this.logs = logs;
  }

  /** @param isKept whether a batch is kept: where it is not, this is killed before it could */
  start(isKept: (batch: Batch) => boolean = () => true): void {
    this.stop = new AbortController();
    this.running = this.run(isKept, this.stop.signal).catch(
      (error: Error) => void this.warnings.push(String(error.stack)),
    );
  }

  /** What ends from now on is told. */
  async listens(): Promise<void> {
    this.start();
    await this.until('it listens', () => this.position !== null);
  }

  async end(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async run(isKept: (batch: Batch) => boolean, signal: AbortSignal): Promise<void> {
    const follower = await openFollower({
      logs: this.logs,
      position: this.position && JSON.parse(JSON.stringify(this.position)),
      timezone: 'UTC',
      detail: 1000,
      tells: { uploads: true, touches: true },
      isTold: (id) => this.told.has(id),
      warn: (text) => this.warnings.push(text),
      pace: PACE,
    });
    let isFirst = true;
    for await (const batch of follower.batches(signal)) {
      this.sessions.push(...batch.sessions);
      this.logins.push(...batch.logins);
      this.opened.push(...batch.opened.map(({ id }) => id));
      if (!isKept(batch)) break;
      this.gaps.push(...batch.gaps);
      this.uploads.push(...batch.uploads.map(({ sessionId, transfer }) => `${sessionId}-${transfer.n}`));
      this.touches.push(...batch.touches.map(({ id }) => id));
      this.position = batch.position;
      if (isFirst) for (const id of this.told.keys()) this.told.set(id, batch.mark);
      isFirst = false;
      for (const id of batch.told) this.told.set(id, batch.mark);
      for (const [id, mark] of this.told) if (mark < batch.position.mark) this.told.delete(id);
    }
    await follower.close();
  }

  /** How much is kept beside the position. */
  get remembered(): number {
    return this.told.size;
  }

  async until(what: string, isSo: () => boolean): Promise<void> {
    for (const end = Date.now() + 20_000; !isSo(); await new Promise((resolve) => setTimeout(resolve, 5)))
      if (Date.now() > end)
        throw new Error(
          `not so after 20 s: ${what}\n${JSON.stringify([this.position, this.gaps, this.warnings], null, 1)}`,
        );
  }
}
