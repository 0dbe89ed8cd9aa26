import type { EntryReader } from './entry.ts';
import { HostLog, type LineClass, type Unsettled } from './host-log.ts';
import { Stencil } from './stencil.ts';
import type { Told } from './told.ts';

export type LineCounts = Record<LineClass, number>;

/** sshd was started again, so that sessions of before may be gone; a connection has ended, and its user is not named. */
const OF_NOBODY = [
  'Server listening ',
  'Received disconnect from ',
  'Connection closed by ',
  'Connection reset by ',
].map((words) => new Stencil(Buffer.from(words)));

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
    else {
      const found = this.logOf(entry.host).read(entry);
      // By its name, as almost all lines are: a property that is computed has to be looked up.
      if (found === 'session') this.lines.session++;
      else this.lines[found]++;
    }
  }

  get isIdle(): boolean {
    for (const host of this.hosts.values()) if (!host.isIdle) return false;
    return true;
  }

  /** Whether a line is of a process that is already followed, or of all of them. */
  concerns(entry: EntryReader): boolean {
    if (entry.pid === 0 || !this.hosts.has(entry.host)) return false;
    return (
      this.logOf(entry.host).knows(entry.pid) ||
      (entry.program === 'sshd' && OF_NOBODY.some((words) => words.isAt(entry.view, entry.from, entry.to)))
    );
  }

  /** A line of somebody else: its stamp counts. */
  pass(entry: EntryReader): void {
    this.hosts.get(entry.host)?.pass(entry.second);
  }

  /** What has ended settles now; see HostLog. */
  settleEnded(): void {
    for (const host of this.hosts.values()) host.settleEnded();
  }

  /** How many sessions have begun and not ended. */
  get running(): number {
    return [...this.hosts.values()].reduce((sum, host) => sum + host.running, 0);
  }

  unsettled(): Unsettled {
    const all = [...this.hosts.values()].map((host) => host.unsettled());
    return {
      since: all.reduce((least, { since }) => Math.min(least, since), Number.POSITIVE_INFINITY),
      orphans: all.flatMap(({ orphans }) => orphans),
    };
  }

  /** See HostLog. @param name of one host, or null for all */
  abandon(name: string | null, second: number): void {
    for (const [host, log] of this.hosts) if (name === null || host === name) log.abandon(second);
  }

  end(): void {
    for (const host of this.hosts.values()) host.end();
  }

  logOf(host: string): HostLog {
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
