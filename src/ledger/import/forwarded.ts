import { refused } from '../../errors.ts';
import type { EntryReader } from '../../log/entry.ts';
import { latin1 } from '../../log/latin1.ts';

/** Seconds of a host's log, and lines of it, for which a line is known when it is sent again. */
const [HORIZON, MOST] = [3600, 50_000];

/**
 * Lines that another host has sent. What it has sent and nobody has confirmed it sends again (RELP, and rsyslog's queues on
 * disk): a line of the same process with the same microsecond and the same text is such a line, and counts once.
 */
export class ForwardedLines {
  private readonly own: ReadonlySet<string>;
  private readonly hosts = new Map<string, SeenLines>();
  private lastHost = '';
  private lastSeen: SeenLines | null = null;

  /** @param own names of this host */
  constructor(own: readonly string[]) {
    this.own = new Set(own);
  }

  /** @throws OperatorError `refused` for a line of another host that names no microsecond */
  admits(entry: EntryReader): boolean {
    const { host, program } = entry;
    if (host !== this.lastHost) {
      this.lastHost = host;
      this.lastSeen = this.own.has(host) ? null : this.seenOf(host);
    }
    const seen = this.lastSeen;
    if (seen === null || (program !== 'sftp' && program !== 'sshd')) return true;
    if (!entry.isToMicrosecond)
      throw refused(
        `a line that ${JSON.stringify(host)} has sent names no microsecond: ${JSON.stringify(entry.at())}`,
        'a line that was sent twice could not be told from two: let that host forward with RSYSLOG_ForwardFormat',
      );
    return seen.isNew(entry);
  }

  private seenOf(host: string): SeenLines {
    const known = this.hosts.get(host) ?? new SeenLines();
    this.hosts.set(host, known);
    return known;
  }
}

/** The lines of the last hour of one host. */
class SeenLines {
  private readonly bySecond = new Map<number, Set<string>>();
  private count = 0;

  isNew(entry: EntryReader): boolean {
    const { second, pid, bytes, from, to } = entry;
    let lines = this.bySecond.get(second);
    if (lines === undefined) {
      lines = new Set();
      this.bySecond.set(second, lines);
      this.forget(second);
    }
    const line = `${entry.micros()} ${pid} ${latin1(bytes, from, to)}`;
    if (lines.has(line)) return false;
    lines.add(line);
    this.count++;
    return true;
  }

  /** The oldest stand first, but for those that came late. */
  private forget(now: number): void {
    for (const [second, lines] of this.bySecond) {
      if (second === now || (second > now - HORIZON && this.count < MOST)) return;
      this.bySecond.delete(second);
      this.count -= lines.size;
    }
  }
}
