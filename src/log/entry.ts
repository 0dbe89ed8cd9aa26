import { latin1 } from './latin1.ts';
import { dayOf, MONTHS, offsetsOf, toUtc, YearCounter } from './local-time.ts';
import { MILLION, NO_FRACTION, type Stamp, secondText, stampText } from './stamp.ts';
import { Stencil, viewOf } from './stencil.ts';

/** Which program wrote a line. */
export type Program = 'sftp' | 'sshd' | 'marker' | 'other';

const PROGRAMS: Readonly<Record<string, Program>> = {
  'internal-sftp': 'sftp',
  'sftp-server': 'sftp',
  sshd: 'sshd',
  'sshd-session': 'sshd',
  'sshd-auth': 'sshd',
  MARK: 'marker',
  // rsyslog's own, every so many minutes: `HOST -- MARK --`.
  '--': 'marker',
};

const [SPACE, DASH, DOT, ZERO, NINE, COLON, LESS, OPEN_BRACKET, CLOSE_BRACKET, Z, OPEN_BRACE] = [
  ...[0x20, 0x2d, 0x2e, 0x30, 0x39, 0x3a, 0x3c, 0x5b, 0x5d, 0x5a, 0x7b],
] as [number, number, number, number, number, number, number, number, number, number, number];

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= ZERO && byte <= NINE;

const NO_HEAD = new Stencil(Buffer.alloc(0));

interface Origin {
  stencil: Stencil;
  host: string;
  program: Program;
}

interface Likely extends Origin {
  offset: number;
}

/** `2026-11-20T17:16:16`, and the same with a dot and six digits. */
const SECONDS_LENGTH = 19;
const TO_MICROSECOND = 26;

/** `Nov 20 17:16:16` */
const TRADITIONAL_LENGTH = 15;

/** Of the programs and hosts whose lines alternate in a log; of more hosts the search would cost what it saves. */
const MOST_ORIGINS = 4;

/** What stands before the message of a line that has a stamp to the microsecond. */
export interface Head {
  readonly host: string;
  readonly program: Program;
  readonly pid: number;
  /** Seconds since 1970, and millionths. */
  readonly second: number;
  readonly micro: number;
  /** Where the message begins. */
  readonly message: number;
}

export interface EntryOptions {
  /** IANA name, for stamps that name no zone. */
  timezone: string;
  /** The year of the first line, for stamps that have none. */
  firstYear: number;
}

/**
 * One log line after the other, in rsyslog's traditional format, RFC 3339 (RSYSLOG_FileFormat), RFC 5424, or as
 * `journalctl -o json` prints it. An entry is where `parse` has written its parts: it is overwritten by the next, so that
 * nothing is allocated for a line that nobody keeps.
 */
export class EntryReader {
  /** The message: these bytes of that buffer, which `view` shows too. */
  bytes: Buffer = Buffer.alloc(0);
  view: DataView = viewOf(this.bytes);
  from = 0;
  to = 0;
  host = '';
  program: Program = 'other';
  /** 0 where the line names none. */
  pid = 0;
  /** Seconds since 1970. */
  second = 0;
  /** For its reader to say: the line is not all there. */
  isTorn = false;
  /** For its reader to say, and to understand: where the line stands. It is kept with what the line tells. */
  evidence = 0;

  /** What `second` is computed from: the same bytes as in the line before need no new computation. */
  private head = NO_HEAD;
  private headSecond = 0;
  /** Millionths, -1 as long as nobody has asked for them. */
  private micro = -1;
  private offset = 0;
  private fractionFrom = 0;
  private fractionTo = 0;
  private stampBytes: Buffer = this.bytes;
  /** `HOST TAG[` of lines that came before: most lines begin like one of them. */
  private readonly origins: Origin[] = [];
  /** The same with the offset before it, for parseLikeBefore. */
  private readonly likely: Likely[] = [];
  /** Where that of this line ended: behind the bracket of the pid, 0 if there was none. */
  private originEnd = 0;
  private readonly hosts = new Map<string, string>();
  private offsetAt: ReturnType<typeof offsetsOf> | null = null;
  private readonly timezone: string;
  private readonly years = new YearCounter();
  private readonly firstYear: number;

  constructor({ timezone, firstYear }: EntryOptions) {
    this.timezone = timezone;
    this.firstYear = firstYear;
  }

  /** Reads one line, without its newline. @returns whether it is a log line */
  parse(bytes: Buffer, start: number, end: number): boolean {
    const first = bytes[start] as number;
    if (bytes !== this.bytes) this.show(bytes);
    this.stampBytes = bytes;
    this.micro = -1;
    this.to = end;
    if (isDigit(first)) return this.parseLikeBefore(start, end) || this.parseInFull(start, end);
    if (first === LESS) return this.parseRfc5424(start, end);
    if (first === OPEN_BRACE) return this.parseJournal(bytes.toString('utf8', start, end));
    return this.parseTraditional(start, end) && this.parseRest();
  }

  private parseInFull(start: number, end: number): boolean {
    if (!this.parseRfc3339(start, end) || !this.parseRest()) return false;
    if (this.isToMicrosecond && this.originEnd > 0) this.learn(start);
    return true;
  }

  /** What follows the stamp of such a line is mostly what followed one before. */
  private learn(start: number): void {
    const { host, program, offset, likely, bytes, view, originEnd } = this;
    const from = start + TO_MICROSECOND;
    if (likely.some(({ stencil }) => stencil.length === originEnd - from && stencil.isAt(view, from, originEnd)))
      return;
    likely.unshift({ stencil: new Stencil(Buffer.from(bytes.subarray(from, originEnd))), host, program, offset });
    if (likely.length > MOST_ORIGINS) likely.pop();
  }

  /** A line to the microsecond, in the same second as one before, from a program and host that were met: all but its message. */
  private parseLikeBefore(start: number, end: number): boolean {
    const { bytes, view, likely } = this;
    const from = start + TO_MICROSECOND;
    if (from >= end || bytes[start + SECONDS_LENGTH] !== DOT || !this.sameHead(start, SECONDS_LENGTH)) return false;
    let micro = 0;
    for (let at = from - 6; at < from; at++) {
      const digit = (bytes[at] as number) - ZERO;
      if (digit < 0 || digit > 9) return false;
      micro = micro * 10 + digit;
    }
    for (let index = 0; index < likely.length; index++) {
      const { stencil, host, program, offset } = likely[index] as Likely;
      if (!stencil.isAt(view, from, end)) continue;
      this.host = host;
      this.program = program;
      this.offset = offset;
      this.second = this.headSecond - offset;
      this.micro = micro;
      this.fractionFrom = start + SECONDS_LENGTH;
      this.fractionTo = from;
      this.parsePid(from + stencil.length);
      return true;
    }
    return false;
  }

  /** The next line, of which a scanner has read all before the message. */
  take(bytes: Buffer, start: number, end: number, { host, program, pid, second, micro, message }: Head): void {
    if (bytes !== this.bytes) this.show(bytes);
    this.stampBytes = bytes;
    this.from = message;
    this.to = end;
    this.host = host;
    this.program = program;
    this.pid = pid;
    this.second = second;
    this.micro = micro;
    this.fractionFrom = start + SECONDS_LENGTH;
    this.fractionTo = start + TO_MICROSECOND;
    this.passYear();
  }

  /** A line with a year was passed: one without, if it follows, is not known to be later. */
  passYear(): void {
    if (this.head.length === TRADITIONAL_LENGTH) this.head = NO_HEAD;
  }

  private show(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** When the line was logged: UTC, with as many digits as it has. */
  at(): string {
    const stamp = this.stamp();
    return typeof stamp === 'string' ? stamp : stampText(stamp);
  }

  /** The same as a number, where it can be one. */
  stamp(): Stamp {
    const { second } = this;
    const digits = this.micro < 0 ? this.fractionTo - this.fractionFrom : MICRO_DIGITS;
    const isNumber = (digits === MICRO_DIGITS || digits === 0) && second >= 0 && second < FAR;
    if (isNumber) return second * MILLION + (digits === 0 ? NO_FRACTION : this.micros());
    return `${secondText(second)}${latin1(this.stampBytes, this.fractionFrom, this.fractionTo)}Z`;
  }

  get isToMicrosecond(): boolean {
    return this.fractionTo - this.fractionFrom === MICRO_DIGITS;
  }

  /** Millionths of a second, of the fraction that was logged. */
  micros(): number {
    if (this.micro < 0) this.micro = this.readMicros();
    return this.micro;
  }

  private readMicros(): number {
    const { stampBytes, fractionTo } = this;
    let value = 0;
    for (let at = this.fractionFrom + 1, last = at + 6; at < last; at++)
      value = value * 10 + (at < fractionTo ? (stampBytes[at] as number) - ZERO : 0);
    return value;
  }

  /** Whether the first bytes of this stamp are those of the last. */
  private sameHead(start: number, length: number): boolean {
    return this.head.length === length && this.head.isAt(this.view, start, this.to);
  }

  private keepHead(start: number, length: number, second: number): void {
    this.head = new Stencil(Buffer.from(this.bytes.subarray(start, start + length)));
    this.headSecond = second;
  }

  /** `2026-11-20T17:16:16.627150+00:00 `; leaves `from` behind it. */
  private parseRfc3339(start: number, end: number): boolean {
    const { bytes } = this;
    let at = start + SECONDS_LENGTH;
    if (at >= end) return false;
    if (!this.sameHead(start, SECONDS_LENGTH)) {
      const text = latin1(bytes, start, at);
      const second = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? Date.parse(`${text}Z`) / 1000 : Number.NaN;
      if (Number.isNaN(second)) return false;
      this.keepHead(start, SECONDS_LENGTH, second);
    }
    this.fractionFrom = at;
    if (bytes[at] === DOT) for (at++; isDigit(bytes[at]); ) at++;
    this.fractionTo = at;
    this.offset = 0;
    if (bytes[at] === Z) at++;
    else {
      const minutes = this.number(at + 1, 2) * 60 + this.number(at + 4, 2);
      const sign = bytes[at] === DASH ? -1 : 1;
      if ((sign > 0 && bytes[at] !== 0x2b) || bytes[at + 3] !== COLON || Number.isNaN(minutes)) return false;
      this.offset = sign * minutes * 60;
      at += 6;
    }
    if (at >= end || bytes[at] !== SPACE) return false;
    this.second = this.headSecond - this.offset;
    this.from = at + 1;
    return true;
  }

  private number(at: number, digits: number): number {
    let value = 0;
    for (let index = at; index < at + digits; index++) {
      const byte = this.bytes[index];
      if (!isDigit(byte)) return Number.NaN;
      value = value * 10 + (byte as number) - ZERO;
    }
    return value;
  }

  /** `Nov 20 17:16:16 `: no year, no zone, no fraction. */
  private parseTraditional(start: number, end: number): boolean {
    if (start + TRADITIONAL_LENGTH >= end || this.bytes[start + TRADITIONAL_LENGTH] !== SPACE) return false;
    if (!this.sameHead(start, TRADITIONAL_LENGTH)) {
      const second = this.traditionalSecond(latin1(this.bytes, start, start + TRADITIONAL_LENGTH));
      if (Number.isNaN(second)) return false;
      this.keepHead(start, TRADITIONAL_LENGTH, second);
    }
    this.second = this.headSecond;
    this.fractionFrom = start;
    this.fractionTo = start;
    this.from = start + TRADITIONAL_LENGTH + 1;
    return true;
  }

  private traditionalSecond(text: string): number {
    const found = /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)$/.exec(text);
    const month = MONTHS.indexOf(found?.[1] ?? '');
    if (!found || month < 0) return Number.NaN;
    const [day = 0, hour = 0, minute = 0, second = 0] = found.slice(2).map(Number);
    this.years.see(dayOf(text));
    const local = Date.UTC(this.firstYear + this.years.years, month, day, hour, minute, second) / 1000;
    // Made when it is needed: zones cost more than the rest of the start.
    this.offsetAt ??= offsetsOf(this.timezone);
    return toUtc(local, this.offsetAt, this.head.length === TRADITIONAL_LENGTH ? this.headSecond : -Infinity);
  }

  /** `<38>1 STAMP HOST APP PID MSGID SD MSG`; rsyslog keeps the space before MSG. */
  private parseRfc5424(start: number, end: number): boolean {
    const { bytes } = this;
    let at = start + 1;
    while (isDigit(bytes[at])) at++;
    if (at + 3 > end || latin1(bytes, at, at + 3) !== '>1 ' || !this.parseRfc3339(at + 3, end)) return false;
    const words: string[] = [];
    at = this.from;
    for (let word = 0; word < 4; word++) {
      const space = bytes.indexOf(SPACE, at);
      const stop = space < 0 || space > end ? end : space;
      words.push(latin1(bytes, at, stop));
      at = Math.min(stop + 1, end);
    }
    const [host = '', app = '', pid = ''] = words;
    this.host = this.interned(host);
    this.program = PROGRAMS[app] ?? 'other';
    this.pid = /^\d{1,9}$/.test(pid) ? Number(pid) : 0;
    // Structured data, its values quoted, then the message, perhaps with a byte order mark in front.
    const rest = latin1(bytes, at, end);
    const before = /^(?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+)? *(?:\xef\xbb\xbf)?/s.exec(rest)?.[0] ?? '';
    this.from = at + before.length;
    return true;
  }

  /** One object of `journalctl -o json`; a message that is no UTF-8 is an array of bytes. */
  private parseJournal(line: string): boolean {
    let fields: Record<string, unknown>;
    try {
      fields = JSON.parse(line);
    } catch {
      return false;
    }
    const { MESSAGE: message, SYSLOG_IDENTIFIER: tag, _HOSTNAME: host } = fields;
    const stamp = fields._SOURCE_REALTIME_TIMESTAMP ?? fields.__REALTIME_TIMESTAMP;
    const pid = Number(fields.SYSLOG_PID ?? fields._PID ?? 0);
    if (typeof stamp !== 'string' || !/^\d{7,16}$/.test(stamp)) return false;
    if (typeof message === 'string') this.show(Buffer.from(message));
    else if (Array.isArray(message)) this.show(Buffer.from(message as number[]));
    else return false;
    this.from = 0;
    this.to = this.bytes.length;
    this.program = PROGRAMS[String(tag)] ?? 'other';
    this.host = this.interned(String(host ?? ''));
    this.pid = Number.isSafeInteger(pid) && pid > 0 ? pid : 0;
    this.second = Number(stamp.slice(0, -6));
    this.stampBytes = Buffer.from(`.${stamp.slice(-6)}`);
    [this.fractionFrom, this.fractionTo, this.offset] = [0, 7, 0];
    this.head = NO_HEAD;
    return true;
  }

  private interned(host: string): string {
    const known = this.hosts.get(host);
    if (known !== undefined) return known;
    this.hosts.set(host, host);
    return host;
  }

  /** `HOST TAG[PID]: MESSAGE` from `from` on. */
  private parseRest(): boolean {
    const { bytes, view, to, from, origins } = this;
    let at = from;
    for (let index = 0; index < origins.length; index++) {
      const origin = origins[index] as Origin;
      if (!origin.stencil.isAt(view, from, to)) continue;
      this.host = origin.host;
      this.program = origin.program;
      at = from + origin.stencil.length;
      break;
    }
    if (at === from) at = this.parseOrigin(from);
    if (at < 0) return false;
    this.originEnd = bytes[at - 1] === OPEN_BRACKET && this.program !== 'other' ? at : 0;
    this.parsePid(at);
    return true;
  }

  /** `PID]: MESSAGE`, or what a tag without a pid is followed by. */
  private parsePid(start: number): void {
    const { bytes, to } = this;
    let at = start;
    this.pid = 0;
    if (bytes[at - 1] === OPEN_BRACKET) {
      let pid = 0;
      let digit = at;
      for (; digit < to && digit - at < 10; digit++) {
        const value = (bytes[digit] as number) - ZERO;
        if (value < 0 || value > 9) break;
        pid = pid * 10 + value;
      }
      if (bytes[digit] === CLOSE_BRACKET && digit < to) {
        this.pid = pid;
        at = digit + 1;
      }
    }
    if (at < to && bytes[at] === COLON) at++;
    if (at < to && bytes[at] === SPACE) at++;
    this.from = at;
  }

  /** `HOST TAG`, with the bracket of the pid where there is one. @returns where it ends, -1 where there is none */
  private parseOrigin(start: number): number {
    const { bytes, to, origins } = this;
    let space = start;
    while (space < to && bytes[space] !== SPACE) space++;
    if (space >= to) return -1;
    let at = space + 1;
    for (let byte = bytes[at]; at < to && byte !== OPEN_BRACKET && byte !== COLON && byte !== SPACE; )
      byte = bytes[++at];
    this.host = this.interned(latin1(bytes, start, space));
    this.program = PROGRAMS[latin1(bytes, space + 1, at)] ?? 'other';
    if (at >= to || bytes[at] !== OPEN_BRACKET) return at;
    const stencil = new Stencil(Buffer.from(bytes.subarray(start, at + 1)));
    if (this.program !== 'other') {
      origins.unshift({ stencil, host: this.host, program: this.program });
      if (origins.length > MOST_ORIGINS) origins.pop();
    }
    return at + 1;
  }
}

/** A dot and six digits. */
const MICRO_DIGITS = 7;

/** Half microseconds of a later second would not be exact: in the year 2112. */
const FAR = 2 ** 52 / MILLION - 1;
