import { EntryReader } from './entry.ts';
import {
  END,
  FIELDS,
  FROM,
  HOST,
  type LineIndex,
  MESSAGE,
  MICROS,
  PID,
  SECOND,
  START,
  UNPARSED,
  WIDTH,
} from './line-index.ts';
import { lineEnd, NEWLINE } from './lines.ts';
import { LONGEST, SFTP_MESSAGES, type SftpMessage, sftpMessages } from './sftp-messages.ts';

const places = new Map<SftpMessage, number>(SFTP_MESSAGES.map((message, place) => [message, place]));

/**
 * Parses what can be parsed of a line without those before it, so that another thread can do it. What is made of it is what
 * would be made of the line itself.
 */
export class Indexer {
  private readonly entry = new EntryReader({ timezone: 'UTC', firstYear: 1970 });

  /** @param columns where to put it: lines that it has no room for are left out */
  index(bytes: Buffer, columns: Int32Array): LineIndex {
    const hosts: string[] = [];
    let count = 0;
    let start = bytes.indexOf(NEWLINE) + 1;
    for (let at = 0; at + WIDTH <= columns.length; ) {
      const newline = start === 0 ? -1 : bytes.indexOf(NEWLINE, start);
      if (newline < 0) break;
      const end = lineEnd(bytes, start, newline);
      if (end > start) {
        columns[at + START] = start;
        columns[at + END] = end;
        columns[at + MESSAGE] = UNPARSED;
        this.parse(bytes, start, end, columns, at, hosts);
        at += WIDTH;
        count++;
      }
      start = newline + 1;
    }
    return { columns, count, end: start, hosts };
  }

  private parse(bytes: Buffer, start: number, end: number, columns: Int32Array, at: number, hosts: string[]): void {
    const { entry } = this;
    if (!isDigit(bytes[start] as number) || !entry.parse(bytes, start, end)) return;
    const { from, to, second } = entry;
    if (entry.program !== 'sftp' || !entry.isToMicrosecond || to - from >= LONGEST - 1 || second >>> 0 !== second)
      return;
    const message = sftpMessages.find(bytes, entry.view, from, to);
    if (message === undefined) return;
    let host = hosts.lastIndexOf(entry.host);
    if (host < 0) host = hosts.push(entry.host) - 1;
    columns[at + MESSAGE] = places.get(message) as number;
    columns[at + FROM] = from;
    columns[at + HOST] = host;
    columns[at + PID] = entry.pid;
    columns[at + SECOND] = second;
    columns[at + MICROS] = entry.micros();
    const { starts, ends } = message.pattern;
    for (let field = 0; field < starts.length; field++) {
      columns[at + FIELDS + 2 * field] = starts[field] as number;
      columns[at + FIELDS + 2 * field + 1] = ends[field] as number;
    }
  }
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
