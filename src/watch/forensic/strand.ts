import type { LineType } from '../../config.ts';
import type { Connection } from './connection.ts';

/** A line as it is held. */
export interface HeldLine {
  /** Microseconds since 1970. */
  at: number;
  pid: number;
  type: LineType;
  /** syslog's number: 7 for debug, 3 for an error. */
  level: number;
  text: string;
}

/** What a line takes beside its text, and a strand beside its lines, in bytes of V8's heap. */
const [LINE, STRAND] = [160, 800];

const costOf = ({ text }: HeldLine): number => LINE + text.length;

/** The last lines of one process. */
export class Strand {
  readonly pid: number;
  /** The connection that it serves, once it is known. */
  connection: Connection | null = null;
  /** Of sftp-server: the session that it is. */
  session: string | null = null;
  /** A request of it was refused, by what the account may do at all. */
  isRefused = false;
  /** It has said its last word. */
  isEnded = false;
  /** Lines that were let go. */
  lost = 0;
  /** Microseconds since 1970 of the last line that was seen. */
  last: number;
  bytes = STRAND;
  private isRefusing = false;
  private lines: (HeldLine | null)[] = [];
  private head = 0;

  constructor(pid: number, at: number) {
    this.pid = pid;
    this.last = at;
  }

  get length(): number {
    return this.lines.length - this.head;
  }

  /** What sftp-server says. When it begins it names requests that it would refuse, and denies none. */
  hear(text: string): void {
    if (this.isRefusing && text === 'sent status Permission denied') this.isRefused = true;
    this.isRefusing = text.startsWith('Refusing ');
    if (text.startsWith('session closed for ')) this.isEnded = true;
  }

  push(line: HeldLine): void {
    this.lines.push(line);
    this.bytes += costOf(line);
  }

  /** Lets the oldest line go; there has to be one. */
  shift(): void {
    this.bytes -= costOf(this.lines[this.head] as HeldLine);
    this.lost++;
    this.lines[this.head++] = null;
    if (this.head < 64 || this.head * 2 < this.lines.length) return;
    this.lines = this.lines.slice(this.head);
    this.head = 0;
  }

  held(): HeldLine[] {
    return this.lines.slice(this.head) as HeldLine[];
  }
}
