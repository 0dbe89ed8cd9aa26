import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import PostalMime, { type Email } from 'postal-mime';
import { REPO } from './cache.ts';
import type { Bind } from './holder.ts';
import type { Machine } from './machine.ts';

export interface Mail extends Email {
  to_: string;
  received: number;
  secure: boolean;
}

interface Post {
  at: number;
  path: string;
  headers: Record<string, string>;
  body: string;
}

/** What the servers in the machine are made of. */
export const receiverBinds = (): Bind[] => [{ from: join(REPO, 'node_modules'), to: '/opt/node_modules' }];

/** A mail server and a web server in a machine. */
export class Receivers {
  private readonly machine: Machine;
  private seen = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** @param settings what the mail server asks for: `{tls, user, password}` */
  async start(settings: object = {}): Promise<void> {
    await this.machine.sh(
      `mkdir -p /run/received; cat > /run/receivers.json
       systemd-run --quiet --unit receivers node /opt/test-support/receivers.cjs /run/receivers.json
       until [ -n "$(ss -Hltn 'sport = :25')" ] && [ -n "$(ss -Hltn 'sport = :8080')" ]; do sleep 0.05; done`,
      { input: JSON.stringify(settings) },
    );
  }

  async stop(): Promise<void> {
    await this.machine.sh('systemctl stop receivers; systemctl reset-failed receivers 2>&- || true');
  }

  /** @param share of the recipients that are refused for now */
  refuse(share: number): Promise<void> {
    return this.machine.writeFile('/run/received/refuse', String(share));
  }

  async mails(): Promise<Mail[]> {
    const raw = await this.lines<{ at: number; to: string[]; secure: boolean; raw: string }>('mails');
    return Promise.all(
      raw.map(async ({ at, to, secure, raw: text }) => ({
        ...(await PostalMime.parse(Buffer.from(text, 'latin1'))),
        ...{ received: at, to_: to.join(','), secure },
      })),
    );
  }

  posts = (): Promise<Post[]> => this.lines<Post>('posts');

  attempts = (): Promise<{ at: number; to: string; refuses: boolean }[]> => this.lines('attempts');

  /** A mail that is like this, once it came. */
  async until(isMeant: (mail: Mail) => boolean): Promise<Mail> {
    for (const end = Date.now() + 60_000; ; await sleep(100)) {
      const found = (await this.mails()).find(isMeant);
      if (found) return found;
      if (Date.now() > end) throw new Error(`it did not come\n${await this.journal()}`);
    }
  }

  /** The mails that came since the last call, once there are so many. */
  async next(count: number): Promise<Mail[]> {
    for (const end = Date.now() + 60_000; ; await sleep(100)) {
      const all = await this.mails();
      if (all.length - this.seen >= count) {
        const fresh = all.slice(this.seen);
        this.seen = all.length;
        return fresh;
      }
      if (Date.now() > end)
        throw new Error(`${all.length - this.seen} of ${count} mails came\n${await this.journal()}`);
    }
  }

  async journal(): Promise<string> {
    return (await this.machine.sh('journalctl --no-pager --unit sftpjail-watch | tail -50')).stdout;
  }

  private async lines<Item>(file: string): Promise<Item[]> {
    const { stdout } = await this.machine.sh('cat /run/received/"$1" 2>&- || true', { args: [file] });
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Item);
  }
}
