import { EntryReader } from './entry.ts';
import {
  END,
  FIELDS,
  FROM,
  firstOf,
  type LineIndex,
  MICROS,
  MOST_HOSTS,
  PID,
  SECOND,
  SFTP_LINE,
  SSHD_LINE,
  UNPARSED,
  WIDEST,
} from './line-index.ts';
import { lineEnd, NEWLINE } from './lines.ts';
import { LONGEST, sftpMessages } from './sftp-messages.ts';

/**
 * Parses what can be parsed of a line without those before it, so that another thread can do it. What is made of it is what
 * would be made of the line itself.
 */
export class Indexer {
  private readonly entry = new EntryReader({ timezone: 'UTC', firstYear: 1970 });

  private hosts: string[] = [];
  private lastHost = -1;

  /** @param numbers where to put it: lines that it has no room for are left out */
  index(bytes: Buffer, numbers: Int32Array): LineIndex {
    this.hosts = [];
    this.lastHost = -1;
    let start = bytes.indexOf(NEWLINE) + 1;
    let used = 0;
    for (const last = numbers.length - WIDEST; start > 0 && used <= last; ) {
      const newline = bytes.indexOf(NEWLINE, start);
      if (newline < 0) break;
      const end = lineEnd(bytes, start, newline);
      if (end > start) used += this.parse(bytes, start, end, numbers, used);
      start = newline + 1;
    }
    return { numbers, used, end: start, hosts: this.hosts };
  }

  /** @returns how many numbers it has written */
  private parse(bytes: Buffer, start: number, end: number, numbers: Int32Array, at: number): number {
    const { entry } = this;
    numbers[at + END] = end;
    if (!isDigit(bytes[start] as number) || !entry.parse(bytes, start, end) || !this.canTell()) {
      numbers[at] = UNPARSED;
      numbers[at + FROM] = start;
      return UNPARSED;
    }
    const { from, to, program } = entry;
    numbers[at + FROM] = from;
    numbers[at + PID] = entry.pid;
    numbers[at + SECOND] = entry.second;
    numbers[at + MICROS] = entry.micros();
    const isWhole = program === 'sftp' && to - from < LONGEST - 1;
    const message = isWhole ? sftpMessages.find(bytes, entry.view, from, to) : undefined;
    if (message === undefined) {
      numbers[at] = firstOf(FIELDS, program === 'sftp' ? SFTP_LINE : SSHD_LINE, this.lastHost);
      return FIELDS;
    }
    const { starts, ends } = message.pattern;
    // Of these nobody asks for more.
    const length = message.kind === 'asked' ? 0 : starts.length;
    numbers[at] = firstOf(FIELDS + 2 * length, message.place, this.lastHost);
    for (let field = 0; field < length; field++) {
      numbers[at + FIELDS + 2 * field] = starts[field] as number;
      numbers[at + FIELDS + 2 * field + 1] = ends[field] as number;
    }
    return FIELDS + 2 * length;
  }

  /** Whether what was parsed can be told in numbers. */
  private canTell(): boolean {
    const { second, pid, program, host, isToMicrosecond } = this.entry;
    if (program === 'other' || program === 'marker' || !isToMicrosecond) return false;
    if (second >>> 0 !== second || (pid | 0) !== pid) return false;
    const { hosts } = this;
    if (hosts[this.lastHost] !== host) {
      this.lastHost = hosts.indexOf(host);
      if (this.lastHost < 0) this.lastHost = hosts.push(host) - 1;
    }
    return this.lastHost < MOST_HOSTS;
  }
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
