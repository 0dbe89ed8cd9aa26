import type { EntryReader } from '../../log/entry.ts';
import type { Evidence } from '../../watch/evidence.ts';
import { type Batch, type Follower, type FollowerOptions, openFiles, openFollower } from '../../watch/follow.ts';
import type { Gap, Position } from '../../watch/position.ts';
import { Announcer } from '../announce.ts';
import type { Ledger } from '../open.ts';
import type { LedgerDb } from '../schema.ts';
import { type Committed, commit, Overtaken, type ReaderState } from './commit.ts';
import { ForwardedLines } from './forwarded.ts';
import { type Machine, registerMachine, thisMachine } from './machine.ts';
import { type Prepared, Preparer } from './prepared.ts';
import { ImportedSources, type ReadFile } from './sources.ts';

/** So many transfers and changes of one session get a row each: as many as memory holds. */
export const DETAIL = 2_000_000;

/** What is gathered for one transaction: rows, and milliseconds. */
export const PORTION = 20_000;
const PAUSE = 1000;

export interface ImportOptions {
  /** The first is the one that sessions are in. */
  logs: readonly string[];
  timezone: string;
  warn(text: string): void;
  onProgress?(read: number, total: number | null): void;
}

export interface Imported extends Committed {
  /** Sessions that have not ended, as far as was read. */
  running: number;
  gaps: Gap[];
  /** All that was there was read, and everything that ended is in the ledger. */
  isAll: boolean;
}

const nothing = (): Imported => ({
  sessions: 0,
  transfers: 0,
  corrections: 0,
  known: 0,
  running: 0,
  gaps: [],
  isAll: false,
});

const NEVER = new AbortController().signal;

/** Puts what is new in the logs into the ledger, and ends. */
export const importOnce = (ledger: Ledger, options: ImportOptions): Promise<Imported> =>
  follow(ledger, options, NEVER, { once: true, pace: { look: 20, longLook: 20, quiet: 500, keep: 0 } });

/** The same until the signal says to stop. @param onKept told after each transaction */
export const importAlways = (ledger: Ledger, options: ImportOptions, signal: AbortSignal): Promise<Imported> =>
  follow(ledger, options, signal, {});

/** Another import goes ahead for ever only where something is wrong. */
const ATTEMPTS = 1000;

async function follow(
  ledger: Ledger,
  options: ImportOptions,
  signal: AbortSignal,
  how: Pick<FollowerOptions, 'once' | 'pace'>,
): Promise<Imported> {
  const machine = thisMachine();
  const hostId = await registerMachine(ledger.db, machine);
  const total = nothing();
  const announcer = new Announcer(ledger, hostId, options.warn);
  for (let attempt = 1; ; attempt++) {
    const reader = await Reader.open(ledger, hostId);
    const load = new Gathering(ledger, hostId, machine);
    const follower = await openFollower({
      ...{ ...options, ...how, position: reader.position, detail: DETAIL, begins: 'oldest' },
      ...{ isTold: (id) => reader.isTold(id), ...load.hooks },
    });
    load.reads(follower.evidence);
    try {
      await keep({ follower, load, reader, announcer, total }, options, signal, how.once === true);
      return total;
    } catch (error) {
      // What the other import has kept is read again from there.
      if (!(error instanceof Overtaken) || attempt === ATTEMPTS) throw error;
    } finally {
      await follower.close();
    }
  }
}

interface Keeping {
  follower: Follower;
  load: Gathering;
  reader: Reader;
  announcer: Announcer;
  total: Imported;
}

async function keep(
  { follower, load, reader, announcer, total }: Keeping,
  { onProgress }: ImportOptions,
  signal: AbortSignal,
  once: boolean,
): Promise<void> {
  let last: Batch | null = null;
  let keptAt = Date.now();
  const commits = new Turns();
  const put = async (batch: Batch) => {
    const taken = load.take();
    const told = reader.take();
    const { position } = batch;
    [last, keptAt] = [null, Date.now()];
    await commits.next(async () => {
      add(total, await load.commit(taken, { version: reader.version, position, ...told }));
      reader.kept(position.mark);
      await announcer.tell();
    });
  };
  await commits.during(async () => {
    for await (const batch of follower.batches(signal)) {
      const { read, total: whole } = follower.progress;
      onProgress?.(read, whole);
      total.gaps.push(...batch.gaps);
      total.running = follower.running;
      reader.tell(batch);
      last = batch;
      if (!once || load.size >= PORTION || Date.now() - keptAt >= PAUSE) await put(batch);
    }
    if (last !== null) await put(last);
  });
  total.isAll = follower.isSettled;
}

/**
 * Puts what is in these files into the ledger. Of sessions that go on after them nothing is kept: with the file that has
 * their end they are whole.
 */
export async function importFiles(
  ledger: Ledger,
  logs: Parameters<typeof openFiles>[0],
  options: Omit<ImportOptions, 'logs'>,
): Promise<Imported> {
  const machine = thisMachine();
  const hostId = await registerMachine(ledger.db, machine);
  const total = nothing();
  const load = new Gathering(ledger, hostId, machine);
  const follower = await openFiles(logs, {
    ...{ ...options, detail: DETAIL, isTold: () => false, ...load.hooks },
    pace: { look: 0, longLook: 0, quiet: 0, keep: 0 },
  });
  load.reads(follower.evidence);
  const commits = new Turns();
  const put = async () => {
    const taken = load.take();
    await commits.next(async () => add(total, await load.commit(taken, null)));
  };
  try {
    await commits.during(async () => {
      for await (const _ of follower.batches(NEVER)) {
        const { read, total: whole } = follower.progress;
        options.onProgress?.(read, whole);
        if (load.size >= PORTION) await put();
      }
      await put();
    });
    await new Announcer(ledger, hostId, options.warn).tell();
    total.running = follower.running;
  } finally {
    await follower.close();
  }
  return total;
}

function add(total: Imported, { sessions, transfers, corrections, known }: Committed): void {
  total.sessions += sessions;
  total.transfers += transfers;
  total.corrections += corrections;
  total.known += known;
}

/** What was read and is not in the ledger yet. */
class Gathering {
  /** Rows. */
  size = 0;
  private sessions: Prepared[] = [];
  private readonly ledger: Ledger;
  private readonly hostId: number;
  private readonly forwarded: ForwardedLines;
  private readonly preparer = new Preparer((evidence) => this.evidence?.offsetOf(evidence) ?? 0);
  private evidence: Evidence | null = null;
  private sources: ImportedSources | null = null;

  constructor(ledger: Ledger, hostId: number, { names }: Machine) {
    this.ledger = ledger;
    this.hostId = hostId;
    this.forwarded = new ForwardedLines(names);
  }

  /** For the follower. */
  get hooks(): Pick<FollowerOptions, 'onSettled' | 'admits'> {
    return {
      admits: (entry: EntryReader) => this.forwarded.admits(entry),
      onSettled: (settled) => {
        const prepared = this.preparer.prepare(settled);
        this.sessions.push(prepared);
        this.size += 1 + prepared.transfers.length + prepared.changes.length;
      },
    };
  }

  reads(evidence: Evidence): void {
    this.evidence = evidence;
    this.sources = new ImportedSources(evidence, this.hostId);
  }

  /** All that was read by now. */
  take(): Taken {
    const { sessions } = this;
    [this.sessions, this.size] = [[], 0];
    return { sessions, files: this.sources?.take() ?? [] };
  }

  async commit({ sessions, files }: Taken, reader: ReaderState | null): Promise<Committed> {
    const { hostId } = this;
    const sources = this.sources as ImportedSources;
    const sourcesFor = (db: LedgerDb) => sources.bringUp(db, files);
    const committed = await commit(this.ledger, { sessions, hostId, reader, sourcesFor });
    sources.confirm();
    return committed;
  }
}

interface Taken {
  sessions: Prepared[];
  files: ReadFile[];
}

/** One after the other, while whoever begins them goes on with something else: a server works while we read. */
class Turns {
  private last: Promise<void> = Promise.resolve();

  /** Begins it once the one before has ended, and does not wait for its end. */
  async next(act: () => Promise<void>): Promise<void> {
    await this.last;
    this.last = act();
    // Whoever comes next is told.
    this.last.catch(() => {});
  }

  /** Nothing is under way any more when it is over, however it ends. */
  async during(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      await this.last.catch(() => {});
      throw error;
    }
    await this.last;
  }
}

/** How far this host has read its logs, as the ledger has it. */
class Reader {
  readonly position: Position | null;
  version: number;
  private readonly known: Map<string, number>;
  private fresh: { id: string; mark: number }[] = [];
  /** Of the first batch; what was told before gets it, as its lines are read again from there. */
  private firstMark: number | null = null;
  private isFirst = true;

  private constructor(version: number, position: Position | null, known: Map<string, number>) {
    this.version = version;
    this.position = position;
    this.known = known;
  }

  static async open({ db }: Ledger, hostId: number): Promise<Reader> {
    await db
      .insertInto('readers')
      .values({ host_id: hostId, version: 0, position: 'null' })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { version, position } = await db
      .selectFrom('readers')
      .select(['version', 'position'])
      .where('host_id', '=', hostId)
      .executeTakeFirstOrThrow();
    const told = await db.selectFrom('told').select(['session_key', 'mark']).where('host_id', '=', hostId).execute();
    return new Reader(version, JSON.parse(position), new Map(told.map((row) => [row.session_key, row.mark])));
  }

  isTold(id: string): boolean {
    return this.known.has(id);
  }

  tell({ settled, mark }: Batch): void {
    if (this.isFirst) {
      for (const id of this.known.keys()) this.known.set(id, mark);
      this.firstMark = mark;
      this.isFirst = false;
    }
    for (const id of settled) {
      if (!this.known.has(id)) this.fresh.push({ id, mark });
      this.known.set(id, mark);
    }
  }

  /** What was told since it was taken last. */
  take(): Pick<ReaderState, 'told' | 'firstMark'> {
    const { fresh: told, firstMark } = this;
    [this.fresh, this.firstMark] = [[], null];
    return { told, firstMark };
  }

  /** It is in the ledger, and nothing that was told before this mark comes again. */
  kept(mark: number): void {
    this.version++;
    for (const [id, earlier] of this.known) if (earlier < mark) this.known.delete(id);
  }
}
