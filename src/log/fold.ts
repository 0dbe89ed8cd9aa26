import type { EntryReader } from './entry.ts';
import { HostLog, type LineClass, type Told } from './host-log.ts';

export type LineCounts = Record<LineClass, number>;

/** Entries -> sessions and logins, as they settle. One log can hold the lines of many hosts. */
export class Fold {
  readonly lines: LineCounts = { session: 0, login: 0, sshd: 0, debug: 0, other: 0, marker: 0, unknown: 0 };
  private readonly hosts = new Map<string, HostLog>();
  private last: HostLog | null = null;
  private lastName = '';
  private readonly detail: number;
  private readonly told: Told;

  /** @param detail how many transfers and changes a session lists at most */
  constructor(detail: number, told: Told) {
    this.detail = detail;
    this.told = told;
  }

  read(entry: EntryReader): void {
    const { program } = entry;
    if (program === 'other' || program === 'marker') this.lines[program]++;
    else this.lines[this.hostOf(entry).read(entry)]++;
  }

  /** What has ended settles now; see HostLog. */
  settleEnded(): void {
    for (const host of this.hosts.values()) host.settleEnded();
  }

  end(): void {
    for (const host of this.hosts.values()) host.end();
  }

  private hostOf({ host }: EntryReader): HostLog {
    if (this.last && this.lastName === host) return this.last;
    let log = this.hosts.get(host);
    if (log === undefined) {
      log = new HostLog(host, this.detail, this.told);
      this.hosts.set(host, log);
    }
    this.last = log;
    this.lastName = host;
    return log;
  }
}
