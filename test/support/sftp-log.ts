import { setTimeout as sleep } from 'node:timers/promises';
import type { Guest } from './guest.ts';

/** Requests that only look, and the greeting: clients differ in them. */
const LOOKS = /^(received client version|stat name|lstat name|realpath|users-groups-by-id|statvfs|expand) ?/;

/** The jails' log of a guest, as an auditor reads it. */
export class SftpLog {
  private readonly guest: Guest;
  private readonly path: string;

  constructor(guest: Guest, path = '/var/log/sftp.log') {
    this.guest = guest;
    this.path = path;
  }

  /** Every line without its time, host and PID: `internal-sftp: open "/data/a" flags READ mode 0666`. */
  async lines(): Promise<string[]> {
    const { stdout } = await this.guest.run('cat', [this.path]);
    const lines = stdout.split('\n').filter(Boolean);
    return lines.map((line) => line.replace(/^\S+ \S+ ([a-z-]+)(?:\[\d+\])?:/, '$1:'));
  }

  /** Waits until what came after the first `from` lines contains this one. @returns what came after */
  async until(line: string, from = 0): Promise<string[]> {
    const end = Date.now() + 20_000;
    for (;;) {
      const lines = (await this.lines()).slice(from);
      if (lines.includes(line)) return lines;
      if (Date.now() > end) throw new Error([`the log does not say: ${line}`, ...lines].join('\n'));
      await sleep(20);
    }
  }

  /** What an account's sessions did while `act` ran one, to the end of that session; mere looks are left out. */
  async of(user: string, act: () => Promise<unknown>): Promise<string[]> {
    const from = (await this.lines()).length;
    await act();
    const lines = await this.until(`internal-sftp: session closed for local user ${user} from [127.0.0.1]`, from);
    return lines.flatMap((line) => {
      const [, message] = /^internal-sftp: (.*)$/.exec(line) ?? [];
      return message === undefined || LOOKS.test(message) ? [] : [message];
    });
  }
}
