import { latin1 } from './latin1.ts';
import { END, FIELDS, FROM, HOST, type LineIndex, MESSAGE, PID, SECOND, START, UNPARSED, WIDTH } from './line-index.ts';
import { dayOf, MONTHS, offsetsOf, toUtc, YearCounter } from './local-time.ts';
import { SFTP_MESSAGES, type SftpMessage } from './sftp-messages.ts';
import { MILLION, NO_FRACTION, type Stamp, secondText } from './stamp.ts';
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

/** `2026-11-20T17:16:16` */
const SECONDS_LENGTH = 19;

interface Origin {
  stencil: Stencil;
  host: string;
  program: Program;
}

/** Of the programs and hosts whose lines alternate in a log; of more hosts the search would cost what it saves. */
const MOST_ORIGINS = 4;

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
  /** The message, if it is known already, with its fields in the pattern. */
  message: SftpMessage | null = null;

  /** What `second` is computed from: the same bytes as in the line before need no new computation. */
  private head = NO_HEAD;
  private headSecond = 0;
  /** The last second that was asked for, as text. */
  private textSecond = Number.NaN;
  private secondText = '';
  private secondDot = '';
  private offset = 0;
  private fractionFrom = 0;
  private fractionTo = 0;
  private stampBytes: Buffer = this.bytes;
  /** `HOST TAG[` of lines that came before: most lines begin like one of them. */
  private readonly origins: Origin[] = [];
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
    this.message = null;
    this.to = end;
    if (isDigit(first)) return this.parseRfc3339(start, end) && this.parseRest();
    if (first === LESS) return this.parseRfc5424(start, end);
    if (first === OPEN_BRACE) return this.parseJournal(bytes.toString('utf8', start, end));
    return this.parseTraditional(start, end) && this.parseRest();
  }

  /** Takes over what an index says of a line. @returns whether it was parsed */
  recall(bytes: Buffer, { columns, hosts }: LineIndex, row: number): boolean {
    const at = row * WIDTH;
    const place = columns[at + MESSAGE] as number;
    if (place === UNPARSED) return false;
    const message = SFTP_MESSAGES[place] as SftpMessage;
    if (bytes !== this.bytes) this.show(bytes);
    this.stampBytes = bytes;
    this.message = message;
    this.host = hosts[columns[at + HOST] as number] as string;
    this.program = 'sftp';
    this.pid = columns[at + PID] as number;
    this.second = (columns[at + SECOND] as number) >>> 0;
    this.from = columns[at + FROM] as number;
    this.to = columns[at + END] as number;
    this.fractionFrom = (columns[at + START] as number) + SECONDS_LENGTH;
    this.fractionTo = this.fractionFrom + 7;
    // As after any line with a year: one without, if it follows, is not known to be later.
    if (this.head.length > 0) this.head = NO_HEAD;
    const { starts, ends } = message.pattern;
    for (let field = 0; field < starts.length; field++) {
      starts[field] = columns[at + FIELDS + 2 * field] as number;
      ends[field] = columns[at + FIELDS + 2 * field + 1] as number;
    }
    return true;
  }

  private show(bytes: Buffer): void {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  /** When the line was logged: UTC, with as many digits as it has. */
  at(): string {
    if (this.second !== this.textSecond) {
      this.textSecond = this.second;
      this.secondText = secondText(this.second);
      this.secondDot = `${this.secondText}.`;
    }
    const digits = this.fractionTo - this.fractionFrom;
    if (digits === 0) return `${this.secondText}Z`;
    // Of strings that are there already, short ones first: quicker and smaller than a copy of the bytes.
    if (digits === 7) {
      const fraction = `${THOUSANDS[this.thousandth(1)]}${THOUSANDS_Z[this.thousandth(4)]}`;
      return `${this.secondDot}${fraction}`;
    }
    return `${this.secondText}${latin1(this.stampBytes, this.fractionFrom, this.fractionTo)}Z`;
  }

  /** The same as a number, where it can be one. */
  stamp(): Stamp {
    const { second } = this;
    const digits = this.fractionTo - this.fractionFrom;
    if ((digits !== 7 && digits !== 0) || second < 0 || second > FAR) return this.at();
    return second * MILLION + (digits === 0 ? NO_FRACTION : this.micros());
  }

  /** Three digits of the fraction. */
  private thousandth(place: number): number {
    const { stampBytes } = this;
    const at = this.fractionFrom + place;
    const [hundreds, tens, ones] = [
      stampBytes[at] as number,
      stampBytes[at + 1] as number,
      stampBytes[at + 2] as number,
    ];
    return hundreds * 100 + tens * 10 + ones - ZERO * 111;
  }

  get isToMicrosecond(): boolean {
    return this.fractionTo - this.fractionFrom === 7;
  }

  /** Millionths of a second, of the fraction that was logged. */
  micros(): number {
    let value = 0;
    for (let digit = 0; digit < 6; digit++) {
      const at = this.fractionFrom + 1 + digit;
      value = value * 10 + (at < this.fractionTo ? (this.stampBytes[at] as number) - ZERO : 0);
    }
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
    let at = start + 19;
    if (at >= end) return false;
    if (!this.sameHead(start, 19)) {
      const text = latin1(bytes, start, at);
      const second = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? Date.parse(`${text}Z`) / 1000 : Number.NaN;
      if (Number.isNaN(second)) return false;
      this.keepHead(start, 19, second);
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
    if (start + 16 > end || this.bytes[start + 15] !== SPACE) return false;
    if (!this.sameHead(start, 15)) {
      const second = this.traditionalSecond(latin1(this.bytes, start, start + 15));
      if (Number.isNaN(second)) return false;
      this.keepHead(start, 15, second);
    }
    this.second = this.headSecond;
    this.fractionFrom = start;
    this.fractionTo = start;
    this.from = start + 16;
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
    return toUtc(local, this.offsetAt, this.head.length === 15 ? this.headSecond : -Infinity);
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
    return true;
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

/** Three digits, and the same before the end of a stamp. */
const THOUSANDS = Array.from({ length: 1000 }, (_, value) => String(value).padStart(3, '0'));
const THOUSANDS_Z = THOUSANDS.map((digits) => `${digits}Z`);

/** Half microseconds of a later second would not be exact: in the year 2112. */
const FAR = 2 ** 52 / MILLION - 1;
