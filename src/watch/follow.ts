import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import type { LogFile } from '../host/log-file.ts';
import type { EntryReader } from '../log/entry.ts';
import { Fold } from '../log/fold.ts';
import type { AcceptedRecord, LoginRecord, OpenedRecord, Session, TouchRecord, UploadRecord } from '../log/session.ts';
import type { Settled } from '../log/settled.ts';
import { Bell } from './bell.ts';
import { Evidence } from './evidence.ts';
import { GrowingLog } from './growing-log.ts';
import { JOURNAL, JournalLog, type JournalOptions } from './journal-log.ts';
import { Marks } from './marks.ts';
import type { Gap, Position } from './position.ts';
import { Source } from './source.ts';

/** What came of the logs since the batch before. It is settled: it comes again only if the position was not kept. */
export interface Batch {
  sessions: Session[];
  logins: LoginRecord[];
  /** Sessions that have begun, and logins that were let in, as far as they are known at that moment. */
  opened: OpenedRecord[];
  accepted: AcceptedRecord[];
  /** What sessions did that may go on; each was told at the line that says it, which is not told twice. */
  uploads: UploadRecord[];
  touches: TouchRecord[];
  gaps: Gap[];
  /** Ids of the sessions that were handed over one by one since the batch before. */
  settled: string[];
  position: Position;
  /** Ids by which it would be known if it came again: `isTold` has to say so until a position has a greater mark. */
  told: string[];
  mark: number;
  /** Milliseconds between the last line's stamp and its reading; null where no line was read. */
  lag: number | null;
}

export interface FollowerOptions {
  /** The first is the one that sessions are in. */
  logs: readonly string[];
  /** Where sshd's own lines come from systemd's journal, and not from one of those. */
  journal?: JournalOptions['uids'] | null;
  /** Null the first time: what ended before is not told then. */
  position: Position | null;
  timezone: string;
  /** How many transfers and changes a session lists at most. */
  detail: number;
  /** What of sessions that go on is told. */
  tells?: { uploads: boolean; touches: boolean };
  /** Whether what has this id was told, and kept, before. */
  isTold(id: string): boolean;
  warn(text: string): void;
  /** Told of each line before it is folded; good until it returns. */
  onEntry?(entry: EntryReader): void;
  /** Milliseconds; see DEFAULT_PACE. */
  pace?: typeof DEFAULT_PACE;
  /** Of a log that was not followed before: `now` tells what ends from now on, `oldest` all that there is. */
  begins?: 'now' | 'oldest';
  /** Ends with what is there, instead of waiting for more. */
  once?: boolean;
  /** In place of the sessions of a batch, for who does not need them as values: each is good until this returns. */
  onSettled?(settled: Settled): void;
  /** Whether a line counts. */
  admits?(entry: EntryReader): boolean;
}

export interface Follower {
  /** Where the lines stand that sessions were read from. */
  readonly evidence: Evidence;
  /** Sessions that run, as far as the logs tell. */
  readonly running: number;
  /** All that was there was read, and what has ended is settled. */
  readonly isSettled: boolean;
  /** Bytes that were read, and of how many; null where that cannot be known. */
  readonly progress: { read: number; total: number | null };
  /** Each batch has to be kept before the next is asked for. Ends when the signal says so. */
  batches(signal: AbortSignal): AsyncGenerator<Batch>;
  close(): Promise<void>;
}

const DAY = 86_400_000;
/** Milliseconds: longer than a session takes to settle by the stamps of its lines. */
const LONG_AGO = 10_000;
/** Bytes: what comes between two looks at a log that is read to its end. */
const SHORT = 65_536;

const DEFAULT_PACE = {
  /** Between looks: from one to the next, lines of one log wait for those of another that were written before them. */
  look: 150,
  /** The same while nothing is written and nobody says so. */
  longLook: 1000,
  /** Without a line, after which what has ended is settled. */
  quiet: 500,
  /** After which a position is told although nothing else is. */
  keep: 2000,
};

/**
 * The id of a login that came to nothing. A connection is known by its address and port, so that a part of it that is read
 * again is told from another one.
 */
export const loginId = ({ host, at, user, ip, port }: LoginRecord): string =>
  idOf('login', host, at, String(user), String(ip), String(port));
const connectionId = ({ host, user, ip, port }: LoginRecord): string =>
  idOf('connection', host, String(user), String(ip), String(port));

export const acceptedId = ({ at, host, user, client: { ip, port } }: AcceptedRecord): string =>
  idOf('accepted', host, at, user, String(ip), String(port));
const openedId = ({ id }: OpenedRecord): string => `opened ${id}`;

const idOf = (...words: string[]): string => createHash('sha256').update(words.join('\n')).digest('hex').slice(0, 16);

const stampOf = (second: number): string => new Date(second * 1000).toISOString().replace('.000Z', 'Z');

/**
 * Follows logs and tells what settles, exactly once for whoever keeps the position together with what was told.
 *
 * A position holds, for each log, how far it was read and where the first line stands of anything that is not settled: a
 * session that runs, a connection it can be of, a login that is being tried for less than five minutes, a connection
 * without a session that is younger than an hour. From there a follower reads again when it is opened, and leaves out what
 * was told.
 */
export async function openFollower(options: FollowerOptions): Promise<Follower> {
  const { logs, position, timezone, warn, begins = 'now' } = options;
  const since = begins === 'now' ? Date.now() - DAY : null;
  const evidence = new Evidence();
  const sources: Source[] = [];
  for (const path of logs) {
    const known = position?.logs.find((log) => log.path === path);
    // Of a log that was not followed before, only what comes from now on is new.
    const log = known
      ? await GrowingLog.resume(known, timezone, { warn })
      : await GrowingLog.begin(path, since, timezone, { warn });
    sources.push(new Source(log, timezone, position?.second ?? null, known?.read ?? null, evidence));
  }
  if (options.journal) {
    const known = position?.logs.find(({ path }) => path === JOURNAL);
    const from = { uids: options.journal, warn };
    // Where the logs were followed before, those who are in already were told of by another log.
    const log = known
      ? JournalLog.resume(known, from)
      : JournalLog.begin(position === null ? (since ?? 0) : Date.now(), from);
    sources.push(new Source(log, timezone, null, known?.read ?? null, evidence));
  }
  return new LogFollower(sources, evidence, options);
}

/** Reads files that are not followed, each list of them one log, oldest first. */
export async function openFiles(
  logs: readonly { path: string; files: readonly LogFile[] }[],
  options: Omit<FollowerOptions, 'logs' | 'position' | 'begins' | 'once'>,
): Promise<Follower> {
  const { timezone, warn } = options;
  const evidence = new Evidence();
  const sources: Source[] = [];
  for (const { path, files } of logs)
    sources.push(new Source(await GrowingLog.fixed(path, files, timezone, { warn }), timezone, null, null, evidence));
  return new LogFollower(sources, evidence, { ...options, logs: [], position: null, begins: 'oldest', once: true });
}

class LogFollower implements Follower {
  readonly evidence: Evidence;
  isSettled = false;
  private readonly sources: readonly Source[];
  private readonly options: FollowerOptions;
  private readonly fold: Fold;
  private readonly marks: Marks;
  /** Sessions without a beginning whose beginning was told of before. */
  private readonly leftOut = new Set<string>();
  private sessions: Session[] = [];
  private logins: LoginRecord[] = [];
  private opened: OpenedRecord[] = [];
  private accepted: AcceptedRecord[] = [];
  private uploads: UploadRecord[] = [];
  private touches: TouchRecord[] = [];
  private gaps: Gap[] = [];
  /** Of those that were handed over one by one. */
  private settled: string[] = [];
  private second = Number.NaN;
  private isReplayed = false;
  /** What ended before anybody asked is not told. */
  private isSilent: boolean;
  private hasAbandoned = false;
  private hasOrphan = false;
  private hasNews = false;
  private latest = 0;
  private lag: number | null = null;

  constructor(sources: readonly Source[], evidence: Evidence, options: FollowerOptions) {
    this.sources = sources;
    this.evidence = evidence;
    this.options = options;
    this.marks = new Marks(options.position?.mark ?? 1);
    this.isSilent = options.position === null && options.begins !== 'oldest';
    const { isTold, onSettled, tells } = options;
    const isNewSession = (id: string) => !isTold(id) && !this.leftOut.delete(id) && !this.isSilent;
    // A line is read again only if what it told was kept.
    const isNews = (id: string) => !this.isSilent && !this.isReplayed && !isTold(id);
    this.fold = new Fold(options.detail, {
      onSession: (session) => void (isNewSession(session.id) && this.sessions.push(session)),
      ...(onSettled && {
        onSettled: (settled) => {
          if (!isNewSession(settled.head.id)) return;
          this.settled.push(settled.head.id);
          onSettled(settled);
        },
      }),
      onLogin: (login) => {
        const isNew = !isTold(loginId(login)) && !(this.isReplayed && isTold(connectionId(login)));
        if (isNew && !this.isSilent) this.logins.push(login);
      },
      onOpened: (opened) => void (isNews(openedId(opened)) && this.opened.push(opened)),
      onAccepted: (login) => void (isNews(acceptedId(login)) && this.accepted.push(login)),
      ...(tells?.uploads && {
        onUpload: (upload) => void (isNews(upload.sessionId) && this.uploads.push(upload)),
      }),
      ...(tells?.touches && {
        onTouch: (touch) => void (!this.isSilent && !this.isReplayed && this.touches.push(touch)),
      }),
      onOrphan: () => {
        this.hasOrphan = true;
      },
    });
  }

  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    const { look: pause, longLook, quiet, keep } = this.options.pace ?? DEFAULT_PACE;
    const { once = false } = this.options;
    const bell = new Bell([
      ...this.options.logs.map((path) => dirname(path)),
      ...(this.options.journal ? JournalLog.folders() : []),
    ]);
    const begunAt = Date.now();
    let quietSince = begunAt;
    // The first position is told at once: what comes after it is never lost.
    let keptAt = this.isSilent ? 0 : Date.now();
    let wasReplaying = true;
    try {
      for (let look = 1; ; look++) {
        const isIdle = !(await this.read(look));
        if (!isIdle) quietSince = Date.now();
        if (wasReplaying && !this.isReplaying) {
          wasReplaying = false;
          if (this.isSilent) {
            await this.abandonBeforeBoot();
            this.fold.settleEnded();
            this.hasNews = true;
          }
          this.isSilent = false;
        }
        // Lines that were written before it went down may still have been unread.
        if (isIdle && !this.hasAbandoned) await this.abandonBeforeBoot();
        const isOver = once && (isIdle ? this.isQuiet(quietSince, quiet) : this.hasCaughtUp(begunAt));
        this.isSettled = isIdle && (isOver || Date.now() - quietSince >= quiet);
        if (this.isSettled) this.fold.settleEnded();
        const isDue = isOver || (this.hasNews && Date.now() - keptAt >= keep);
        const { sessions, settled, logins, opened, accepted, uploads, touches, gaps } = this;
        const isTelling = [sessions, settled, logins, opened, accepted, uploads, touches, gaps].some(
          ({ length }) => length > 0,
        );
        if (!wasReplaying && (isTelling || isDue)) {
          yield this.batch();
          keptAt = Date.now();
        }
        // Whoever stops gets what is at hand, and no more.
        if (signal.aborted || isOver) return;
        const isBusy = !isIdle && (once || this.sources.every(({ isWaiting }) => !isWaiting));
        const rest = Date.now() - quietSince < 2 * quiet || this.hasNews ? pause : longLook;
        if (!isBusy) await bell.wait(rest, pause, signal);
      }
    } finally {
      bell.close();
    }
  }

  get running(): number {
    return this.fold.running;
  }

  get progress(): { read: number; total: number | null } {
    const read = this.sources.reduce((sum, source) => sum + source.read, 0);
    const rest = this.sources.map(({ log }) => log.rest);
    return { read, total: rest.includes(null) ? null : rest.reduce((sum: number, bytes) => sum + (bytes ?? 0), read) };
  }

  /** Lines of long ago are followed by none that could belong to them. */
  private isQuiet(since: number, quiet: number): boolean {
    const isOld = this.latest / 1000 < Date.now() - LONG_AGO;
    return isOld || Date.now() - since >= quiet;
  }

  /** What was written before it began was read; a log that is written to all the time has no end. */
  private hasCaughtUp(begunAt: number): boolean {
    const isShort = this.sources.every(({ atHand }) => atHand < SHORT);
    return this.options.logs.length > 0 && isShort && this.latest >= begunAt * 1000;
  }

  async close(): Promise<void> {
    for (const source of this.sources) await source.log.close();
  }

  private get isReplaying(): boolean {
    return this.sources.some((source) => source.isReplaying);
  }

  /** Looks at every log once, and folds what has had its turn. @returns whether there was anything */
  private async read(look: number): Promise<boolean> {
    for (const source of this.sources) await source.look(look);
    let last: number | null = null;
    for (let next = this.next(); next !== null; next = this.next()) {
      last = next.time;
      this.take(next);
    }
    if (last !== null) [this.latest, this.lag] = [last, Math.max(0, Date.now() - last / 1000)];
    return last !== null || this.sources.some(({ isAtLine }) => isAtLine);
  }

  /** The earliest line at hand, if no other log can have an earlier one. */
  private next(): Source | null {
    let best: Source | null = null;
    for (const source of this.sources) if (source.isAtLine && (best === null || source.time < best.time)) best = source;
    if (best === null) return null;
    for (const source of this.sources)
      if (!source.isAtLine && source.emptyAt <= best.lookedAt) {
        best.isWaiting = true;
        return null;
      }
    return best;
  }

  private take(source: Source): void {
    const { entry } = source;
    if (source.gapFrom !== null) this.passGap(source, source.gapFrom);
    if (entry.second !== this.second) {
      this.second = entry.second;
      const nowhere = { file: null, offset: 0, tail: '', second: entry.second };
      this.marks.add(
        entry.second,
        this.sources.map((each) => each.place ?? nowhere),
      );
    }
    this.isReplayed = source.isReplayed;
    this.hasOrphan = false;
    const { admits, onEntry } = this.options;
    onEntry?.(entry);
    if (admits === undefined || admits(entry)) this.fold.read(entry);
    if (this.hasOrphan && this.isReplayed) this.leaveOutOrphans();
    this.isReplayed = false;
    this.hasNews = true;
    source.step();
  }

  /** What began before the lines that are read again, and was told, is not told by its rest. */
  private leaveOutOrphans(): void {
    const pending = new Set(this.options.position?.orphans);
    for (const id of this.fold.unsettled().orphans) if (!pending.has(id)) this.leftOut.add(id);
  }

  private passGap(source: Source, from: number): void {
    const { path } = source.log;
    source.gapFrom = null;
    const [first, last] = [stampOf(from), stampOf(source.entry.second)];
    this.gaps.push({ id: idOf('gap', path, first, last), log: path, from: first, to: last });
    // The ends of sessions can be among the lines that are gone.
    if (source === this.sources[0]) this.fold.abandon(null, Number.POSITIVE_INFINITY);
  }

  /** What ran when this machine went down is over, whether the log says so or not. */
  private async abandonBeforeBoot(): Promise<void> {
    this.hasAbandoned = true;
    if (this.options.logs.length === 0) return;
    const [, boot] = /^btime (\d+)$/m.exec(await readFile('/proc/stat', 'utf8')) ?? [];
    // The clock may have been set since.
    if (boot) this.fold.abandon(hostname().split('.')[0] ?? '', Number(boot) - 60);
  }

  private batch(): Batch {
    const { since, orphans } = this.fold.unsettled();
    const mark = this.marks.first(since);
    const logs = this.sources.map((source, index) => {
      const { place: read, log } = source;
      return { path: log.path, from: mark?.places[index] ?? read, read };
    });
    const batch: Batch = {
      ...{ sessions: this.sessions, logins: this.logins, gaps: this.gaps },
      ...{ opened: this.opened, accepted: this.accepted, settled: this.settled },
      ...{ uploads: this.uploads, touches: this.touches },
      told: [
        ...this.sessions.map(({ id }) => id),
        ...this.settled,
        ...this.opened.map(openedId),
        ...this.accepted.map(acceptedId),
        ...this.logins.flatMap((login) => [loginId(login), connectionId(login)]),
      ],
      position: {
        ...{ v: 1, host: hostname(), second: mark?.second ?? (Number.isNaN(this.second) ? null : this.second) },
        ...{ mark: mark?.number ?? this.marks.number, logs, orphans },
      },
      mark: this.marks.number,
      lag: this.lag,
    };
    [this.sessions, this.settled, this.logins] = [[], [], []];
    [this.opened, this.accepted, this.gaps] = [[], [], []];
    [this.uploads, this.touches] = [[], []];
    this.hasNews = false;
    return batch;
  }
}
