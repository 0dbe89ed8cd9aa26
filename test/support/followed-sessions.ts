import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../../src/log/session.ts';
import type { Clients } from './clients.ts';
import type { Machine } from './machine.ts';

/** What `sftpjail sessions --follow` tells, as it tells it. */
export class FollowedSessions {
  /** Those that were told, without what only showed that it listens. */
  readonly all: Session[] = [];
  private readonly program;
  private rest = '';
  private nextToTell = 0;

  private constructor(machine: Machine) {
    this.program = machine.spawn('sftpjail', ['sessions', '--follow', '--json']);
    this.program.process.stdin?.end();
    this.program.process.stdout?.on('data', (chunk: Buffer) => {
      const lines = (this.rest + chunk).split('\n');
      this.rest = lines.pop() as string;
      this.all.push(...lines.map((line) => JSON.parse(line) as Session));
    });
  }

  /** What ends before it has read the logs is not told, so sessions are tried until one is. */
  static async begin(machine: Machine, clients: Clients, user: string): Promise<FollowedSessions> {
    const followed = new FollowedSessions(machine);
    for (let attempt = 0; attempt < 20; attempt++) {
      const name = `/data/${READY}-${attempt}`;
      await clients.sftpBatch(user, [`put /etc/hostname ${name}`]);
      for (let wait = 0; wait < 150; wait++, await sleep(10))
        if (followed.all.at(-1)?.transfers.some(({ path }) => path === name)) {
          followed.all.length = 0;
          return followed;
        }
    }
    throw new Error('it tells nothing');
  }

  /** @returns the next one, and how many milliseconds passed until it was told */
  async next(): Promise<{ session: Session; after: number }> {
    const since = Date.now();
    for (;;) {
      const session = this.all[this.nextToTell];
      if (session) {
        this.nextToTell++;
        return { session, after: Date.now() - since };
      }
      if (since + 20_000 < Date.now()) throw new Error(`not told after 20 s:\n${JSON.stringify(this.all)}`);
      await sleep(10);
    }
  }

  /** Types Ctrl-C. @returns the exit status */
  async end(): Promise<number> {
    this.program.kill('SIGINT');
    return (await this.program.done).exitCode;
  }
}

const READY = 'is-it-listening';

/** Of sessions that were read, those that were made by other hands than FollowedSessions'. */
export const withoutTrials = (sessions: readonly Session[]): Session[] =>
  sessions.filter(({ transfers }) => !transfers.some(({ path }) => path.startsWith(`/data/${READY}`)));
