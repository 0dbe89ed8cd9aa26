import { randomInt } from 'node:crypto';
import { refused } from '../../errors.ts';
import type { EntryReader } from '../../log/entry.ts';

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

/** The lines of the last hour of one host, as numbers: their texts would be what the whole import is busy with. */
class SeenLines {
  private readonly bySecond = new Map<number, number[]>();
  private count = 0;
  private last = Number.NEGATIVE_INFINITY;
  private second = Number.NaN;
  private lines: number[] = [];

  isNew(entry: EntryReader): boolean {
    const { second } = entry;
    if (second !== this.second) this.goTo(second);
    const line = hashOf(entry);
    const at = second * 1_000_000 + entry.micros();
    // Of lines that are sent again none is later than all that were seen.
    if (at <= this.last && this.lines.includes(line)) return false;
    this.last = Math.max(this.last, at);
    this.lines.push(line);
    this.count++;
    return true;
  }

  private goTo(second: number): void {
    this.second = second;
    const known = this.bySecond.get(second);
    this.lines = known ?? [];
    if (known !== undefined) return;
    this.bySecond.set(second, this.lines);
    // The oldest stand first, but for those that came late.
    for (const [other, lines] of this.bySecond) {
      if (other === second || (other > second - HORIZON && this.count < MOST)) return;
      this.bySecond.delete(other);
      this.count -= lines.length;
    }
  }
}

/** Nobody who chooses a name knows these numbers, and so which names would look alike. */
const [FIRST, SECOND] = [randomInt(2 ** 31) * 2 + 1, randomInt(2 ** 31) * 2 + 1];

/** 53 bits of the microsecond, the process and the text. */
function hashOf(entry: EntryReader): number {
  const { pid, bytes, from, to } = entry;
  let one = Math.imul(entry.micros() ^ FIRST, SECOND);
  let other = Math.imul(pid ^ SECOND, FIRST);
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    one = Math.imul(one ^ byte, FIRST) ^ (one >>> 15);
    other = Math.imul(other ^ byte, SECOND) ^ (other >>> 13);
  }
  return (one >>> 0) * 2 ** 21 + (other >>> 11);
}
