import { spawn } from 'node:child_process';
import { reasonOf } from '../errors.ts';
import { namesIn } from '../host/read.ts';
import { Bell } from './bell.ts';
import type { LogPosition } from './growing-log.ts';
import type { Piece } from './log-part.ts';
import { type Place, sha256 } from './place.ts';

/** What systemd's journal is called among the logs. */
export const JOURNAL = "systemd's journal";

/** Where it stands, on the disk or until there is one. */
const FOLDERS = ['/var/log/journal', '/run/log/journal'];

/** As many characters are read at a time. */
const MOST = 1 << 20;
/** Milliseconds after which it is looked at again, whatever its folders say; and after which a failure is told again. */
const [LONG_LOOK, SILENCE] = [5000, 60_000];

const FIELDS = [
  ...['MESSAGE', 'SYSLOG_IDENTIFIER', 'SYSLOG_PID', '_PID', '_UID', '_HOSTNAME'],
  '_SOURCE_REALTIME_TIMESTAMP',
];
/** What sshd logs as; on Enterprise Linux sessions log through it. */
const OF_SSHD = ['sshd', 'sshd-session', 'sshd-auth'].map((tag) => `SYSLOG_IDENTIFIER=${tag}`);

export interface JournalOptions {
  /** Whose lines are believed beside root's: anybody can claim to be sshd, but those who have no shell. */
  uids: { first: number; last: number };
  warn(text: string): void;
}

interface Line {
  text: string;
  cursor: string;
  /** It is the last one that was read before. */
  endsReplay?: true;
  /** Lines before it are gone. */
  isAfterGap?: true;
}

/**
 * sshd's lines in systemd's journal as they come. What was read last is found again by its cursor. `journalctl` is asked
 * anew whenever there may be lines: one that follows the journal prints nothing in the service's sandbox (Debian 12).
 */
export class JournalLog {
  readonly path = JOURNAL;
  /** Seconds since 1970 of the last line that was understood. */
  second: number;
  /** Of bytes that are still to be read nothing is known. */
  readonly rest = null;
  private readonly options: JournalOptions;
  private readonly read: Place | null;
  private readonly bell: Bell;
  /** The last one that was printed; where there is none, it goes on at this second. */
  private cursor: string | null;
  private readonly since: number;
  private lookedAt = 0;
  private failedAt = 0;
  private waiting: Line[] = [];
  private isPastRead: boolean;
  /** Lines before the next one are gone. */
  private isGapNext = false;
  private offset = 0;
  private part: Piece['part'];
  /** Where the latest lines end, and what the journal calls them. */
  private ends: { end: number; cursor: string }[];

  private constructor(options: JournalOptions, from: Place | null, read: Place | null, since: number) {
    this.options = options;
    this.read = read;
    this.second = read?.second ?? Math.floor(Date.now() / 1000);
    this.cursor = from?.cursor ?? null;
    this.since = since;
    this.bell = new Bell(JournalLog.folders());
    // From where it was read to nothing is read twice.
    this.isPastRead = read !== null && this.cursor === (read.cursor ?? null);
    this.part = {
      isAfterGap: false,
      replayTo: this.isPastRead ? 0 : Number.POSITIVE_INFINITY,
      firstYear: () => 1970,
      number: -1,
    };
    this.ends = this.cursor === null ? [] : [{ end: 0, cursor: this.cursor }];
  }

  /** Goes on where a position says. */
  static resume({ from, read }: Pick<LogPosition, 'from' | 'read'>, options: JournalOptions): JournalLog {
    return new JournalLog(options, from ?? read, read, (from ?? read)?.second ?? 0);
  }

  /** Reads what there is for the first time. @param since epoch milliseconds */
  static begin(since: number, options: JournalOptions): JournalLog {
    return new JournalLog(options, null, null, Math.floor(since / 1000));
  }

  /** What changes when there are lines. */
  static folders(): string[] {
    return FOLDERS.flatMap((folder) => namesIn(folder).map((name) => `${folder}/${name}`));
  }

  /** Whether lines are still to come that were read before, or that were there before anybody asked. */
  get isReplaying(): boolean {
    return !this.isPastRead;
  }

  async look(): Promise<Piece | null> {
    if (this.waiting.length === 0 && !(await this.ask())) return null;
    const { offset } = this;
    if (this.waiting[0]?.isAfterGap) {
      this.endReplay();
      this.part = { ...this.part, isAfterGap: true };
    }
    // A gap is before a piece.
    const gap = this.waiting.findIndex(({ isAfterGap }, index) => isAfterGap && index > 0);
    this.ends = this.ends.slice(-1);
    const lines = this.waiting.splice(0, gap < 0 ? this.waiting.length : gap).map(({ text, cursor, endsReplay }) => {
      this.offset += Buffer.byteLength(text);
      this.ends.push({ end: this.offset, cursor });
      if (endsReplay) this.endReplay();
      return text;
    });
    return { bytes: Buffer.from(lines.join('')), part: this.part, offset, before: Buffer.alloc(0) };
  }

  /** @param end of one of the lines of a piece, which is the last that `look` gave */
  placeIn(_piece: Piece, end: number): Place {
    const { cursor } = this.ends.findLast((line) => line.end <= end) ?? {};
    return { file: null, offset: 0, tail: NOTHING, second: this.second, ...(cursor !== undefined && { cursor }) };
  }

  async close(): Promise<void> {
    this.bell.close();
  }

  private endReplay(): void {
    if (this.isPastRead) return;
    this.isPastRead = true;
    this.part.replayTo = this.offset;
  }

  /** Reads what has come since. @returns whether anything has */
  private async ask(): Promise<boolean> {
    const now = Date.now();
    // What rings while it is read rings for the next time.
    if (!this.bell.heard() && now - this.lookedAt < LONG_LOOK) return false;
    this.lookedAt = now;
    const failure = await this.print();
    if (failure !== null && now - this.failedAt > SILENCE) {
      this.failedAt = now;
      this.options.warn(failure);
    }
    return this.waiting.length > 0;
  }

  /** @returns what went wrong */
  private print(): Promise<string | null> {
    const words = [
      ...['--output=json', `--output-fields=${FIELDS.join(',')}`, '--all', '--quiet', '--no-pager'],
      this.cursor === null ? `--since=@${this.since}` : `--cursor=${this.cursor}`,
      ...OF_SSHD,
    ];
    return new Promise((resolve) => {
      const program = spawn('journalctl', words, { stdio: ['ignore', 'pipe', 'pipe'] });
      // It begins with the line that was printed last, unless the journal has thrown that away.
      const first = { cursor: this.cursor };
      let [rest, said, size] = ['', '', 0];
      program.stdout.setEncoding('utf8').on('data', (text: string) => {
        if (size > MOST) return;
        size += text.length;
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) this.keep(line, first);
        // The rest is asked for next time.
        if (size > MOST) program.kill();
      });
      program.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = `${said}${text}`.slice(-500);
      });
      program.on('error', (error) => resolve(`journalctl cannot be run: ${reasonOf(error)}`));
      // Where it finds no line, some say so by their status.
      program.on('close', () => {
        if (size <= MOST) this.endReplayAfterAll();
        resolve(said === '' ? null : `journalctl: ${said.trim()}`);
      });
    });
  }

  /** All that there is was printed, whether what was read last was among it or not. */
  private endReplayAfterAll(): void {
    if (!this.isPrintingReplay) return;
    this.isGapNext = this.read?.cursor !== undefined;
    const last = this.waiting.at(-1);
    if (last === undefined) this.endReplay();
    else last.endsReplay = true;
  }

  private get isPrintingReplay(): boolean {
    return !this.isPastRead && !this.waiting.some(({ endsReplay, isAfterGap }) => endsReplay || isAfterGap);
  }

  private keep(json: string, first: { cursor: string | null }): void {
    const fields = fieldsIn(json);
    const cursor = fields?.__CURSOR;
    if (fields === null || cursor === undefined) return;
    const { read } = this;
    const isFirst = first.cursor !== null;
    const isKnown = first.cursor === cursor;
    first.cursor = null;
    this.cursor = cursor;
    if (isKnown) return;
    const { __REALTIME_TIMESTAMP: time, _HOSTNAME: host = '' } = fields;
    const isReplaying = this.isPrintingReplay;
    const isLater = read !== null && Number(time) > timeOf(read.cursor);
    this.isGapNext ||= isReplaying ? isLater : isFirst;
    const endsReplay = isReplaying && cursor === read?.cursor;
    const { first: lowest, last: highest } = this.options.uids;
    const uid = Number(fields._UID ?? Number.NaN);
    if (uid !== 0 && !(uid >= lowest && uid <= highest)) return;
    // As rsyslog calls this machine: without its domain.
    const text = `${JSON.stringify({ ...fields, _HOSTNAME: host.split('.')[0] })}\n`;
    const isAfterGap = this.isGapNext;
    this.isGapNext = false;
    this.waiting.push({ text, cursor, ...(isAfterGap && { isAfterGap }), ...(endsReplay && { endsReplay }) });
  }
}

const NOTHING = sha256(Buffer.alloc(0));

/** Microseconds since 1970: part of what a line is called (sd_journal_get_cursor(3)). */
const timeOf = (cursor = ''): number => Number.parseInt(/(?:^|;)t=([0-9a-f]+)/.exec(cursor)?.[1] ?? '0', 16);

type Fields = Record<string, string | undefined>;

function fieldsIn(json: string): Fields | null {
  try {
    return JSON.parse(json) as Fields;
  } catch {
    return null;
  }
}
