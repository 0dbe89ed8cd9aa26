import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { Fold } from '../log/fold.ts';
import type { AcceptedRecord, LoginRecord, OpenedRecord, Session, TouchRecord, UploadRecord } from '../log/session.ts';
import { Bell } from './bell.ts';
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
  tells: { uploads: boolean; touches: boolean };
  /** Whether what has this id was told, and kept, before. */
  isTold(id: string): boolean;
  warn(text: string): void;
  /** Milliseconds; see DEFAULT_PACE. */
  pace?: typeof DEFAULT_PACE;
}

export interface Follower {
  /** Each batch has to be kept before the next is asked for. Ends when the signal says so. */
  batches(signal: AbortSignal): AsyncGenerator<Batch>;
  close(): Promise<void>;
}

const DAY = 86_400_000;

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
  const { logs, position, timezone, warn } = options;
  const since = Date.now() - DAY;
  const sources: Source[] = [];
  for (const path of logs) {
    const known = position?.logs.find((log) => log.path === path);
    // Of a log that was not followed before, only what comes from now on is new.
    const log = known
      ? await GrowingLog.resume(known, timezone, { warn })
      : await GrowingLog.begin(path, since, timezone, { warn });
    sources.push(new Source(log, timezone, position?.second ?? null, known?.read ?? null));
  }
  if (options.journal) {
    const known = position?.logs.find(({ path }) => path === JOURNAL);
    const from = { uids: options.journal, warn };
    // Where the logs were followed before, those who are in already were told of by another log.
    const log = known ? JournalLog.resume(known, from) : JournalLog.begin(position === null ? since : Date.now(), from);
    sources.push(new Source(log, timezone, null, known?.read ?? null));
  }
  return new LogFollower(sources, options);
}

class LogFollower implements Follower {
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
  private second = Number.NaN;
  private isReplayed = false;
  /** What ended before anybody asked is not told. */
  private isSilent: boolean;
  private hasOrphan = false;
  private hasNews = false;
  private lag: number | null = null;

  constructor(sources: readonly Source[], options: FollowerOptions) {
    this.sources = sources;
    this.options = options;
    this.marks = new Marks(options.position?.mark ?? 1);
    this.isSilent = options.position === null;
    const { isTold, tells } = options;
    // A line is read again only if what it told was kept.
    const isNews = (id: string) => !this.isSilent && !this.isReplayed && !isTold(id);
    this.fold = new Fold(options.detail, {
      onSession: (session) => {
        const isNew = !isTold(session.id) && !this.leftOut.delete(session.id);
        if (isNew && !this.isSilent) this.sessions.push(session);
      },
      onLogin: (login) => {
        const isNew = !isTold(loginId(login)) && !(this.isReplayed && isTold(connectionId(login)));
        if (isNew && !this.isSilent) this.logins.push(login);
      },
      onOpened: (opened) => void (isNews(openedId(opened)) && this.opened.push(opened)),
      onAccepted: (login) => void (isNews(acceptedId(login)) && this.accepted.push(login)),
      ...(tells.uploads && {
        onUpload: (upload) => void (isNews(upload.sessionId) && this.uploads.push(upload)),
      }),
      ...(tells.touches && {
        onTouch: (touch) => void (!this.isSilent && !this.isReplayed && this.touches.push(touch)),
      }),
      onOrphan: () => {
        this.hasOrphan = true;
      },
    });
  }

  async *batches(signal: AbortSignal): AsyncGenerator<Batch> {
    const { look: pause, longLook, quiet, keep } = this.options.pace ?? DEFAULT_PACE;
    const bell = new Bell([
      ...this.options.logs.map((path) => dirname(path)),
      ...(this.options.journal ? JournalLog.folders() : []),
    ]);
    let quietSince = Date.now();
    // The first position is told at once: what comes after it is never lost.
    let keptAt = this.isSilent ? 0 : Date.now();
    let wasReplaying = true;
    try {
      for (let look = 1; ; look++) {
        const isIdle = !(await this.read(look));
        if (!isIdle) quietSince = Date.now();
        if (wasReplaying && !this.isReplaying) {
          wasReplaying = false;
          await this.abandonBeforeBoot();
          if (this.isSilent) this.fold.settleEnded();
          if (this.isSilent) this.hasNews = true;
          this.isSilent = false;
        }
        if (isIdle && Date.now() - quietSince >= quiet) this.fold.settleEnded();
        const isDue = this.hasNews && Date.now() - keptAt >= keep;
        const { sessions, logins, opened, accepted, uploads, touches, gaps } = this;
        const isTelling = [sessions, logins, opened, accepted, uploads, touches, gaps].some(({ length }) => length > 0);
        if (!wasReplaying && (isTelling || isDue)) {
          yield this.batch();
          keptAt = Date.now();
        }
        // Whoever stops gets what is at hand, and no more.
        if (signal.aborted) return;
        const isBusy = !isIdle && this.sources.every(({ isWaiting }) => !isWaiting);
        const rest = Date.now() - quietSince < 2 * quiet || this.hasNews ? pause : longLook;
        if (!isBusy) await bell.wait(rest, pause, signal);
      }
    } finally {
      bell.close();
    }
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
    if (last !== null) this.lag = Math.max(0, Date.now() - last / 1000);
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
    this.fold.read(entry);
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
      ...{ opened: this.opened, accepted: this.accepted, uploads: this.uploads, touches: this.touches },
      told: [
        ...this.sessions.map(({ id }) => id),
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
    [this.sessions, this.logins, this.opened, this.accepted, this.gaps] = [[], [], [], [], []];
    [this.uploads, this.touches] = [[], []];
    this.hasNews = false;
    return batch;
  }
}
