import { alternativesOf, BAD_BYTE } from './alternatives.ts';
import { earlierNames, type Move } from './earlier-names.ts';
import { type Fate, fateOf } from './fate.ts';
import { follow } from './follow.ts';
import type { Doer, HistoryEvent } from './history-event.ts';
import { hostPath, type Jails, jailOfPath, viewsOf } from './host-path.ts';
import { Lives } from './lives.ts';
import { type Operation, operationsOf } from './operation.ts';
import type { Session } from './session.ts';
import { Tape } from './tape.ts';

/** One file or folder that had the wanted name at some time, with all that the log tells of it, newest last. */
export interface FileHistory {
  host: string;
  fate: Fate;
  events: HistoryEvent[];
}

export interface History {
  /** By their first events: a name that was removed and made again stands for several. */
  files: FileHistory[];
  /** Operations that sessions did and do not list. */
  omitted: number;
  /** So many names were possible that some were not followed. */
  tooMany: boolean;
}

/**
 * Gathers sessions, in any order, and tells what became of every file that had this name at any time. Sessions are
 * kept as compact records until then, because a later rename decides which earlier operations matter.
 *
 * @param path of the host, as `hostPath` renders it
 */
export function openHistory(path: string, jails: Jails): { add(session: Session): void; history(): History } {
  const hosts = new Map<string, OneHost>();
  let omitted = 0;
  return {
    add(session) {
      omitted += session.omitted ?? 0;
      const host = hosts.get(session.host) ?? new OneHost(path, jails);
      hosts.set(session.host, host);
      host.add(session);
    },
    history() {
      const found = [...hosts].map(([host, one]) => ({ host, ...one.follow() }));
      const files = found.flatMap(({ host, lives }) =>
        lives.map((life) => ({ host, fate: fateOf(life), events: withTies(life.events) })),
      );
      return { files, omitted, tooMany: found.some(({ tooMany }) => tooMany) };
    },
  };
}

class OneHost {
  readonly #path: string;
  readonly #jails: Jails;
  readonly #knownJails: string[];
  readonly #doers: Doer[] = [];
  readonly #tape = new Tape<[doer: number, Operation]>();
  readonly #moves: number[] = [];
  /** How the bytes behind a name with U+FFFD were logged; two ways make two files look alike. */
  readonly #raws = new Map<string, string>();
  readonly #blurred = new Set<string>();

  constructor(path: string, jails: Jails) {
    this.#path = path;
    this.#jails = jails;
    this.#knownJails = [jailOfPath(jails, path)].filter((name) => name !== null);
  }

  add(session: Session): void {
    const { host, user, client, id } = session;
    this.#doers.push({ host, user, ...client, session: id });
    let time = firstTime(session);
    for (const operation of operationsOf(session)) {
      time = operation.at === null ? time : Date.parse(operation.at) + beyondMilliseconds(operation.at);
      const record = this.#tape.add(time, [this.#doers.length - 1, operation]);
      if (asMove(operation)) this.#moves.push(record);
      this.#noteBytes(operation, user);
    }
  }

  follow() {
    const wanted = new Set([this.#path]);
    const { names, tooMany } = earlierNames(wanted, this.#movesBackwards());
    const lives = new Lives(wanted, names);
    for (const record of this.#tape.order()) {
      const [doer, operation] = this.#tape.read(record);
      follow(lives, operation, this.#doers[doer] as Doer, this.#meanings(doer, operation));
    }
    return { lives: lives.wanted(), tooMany };
  }

  *#movesBackwards(): Generator<Move> {
    for (const record of this.#tape.order(this.#moves).reverse()) {
      const [doer, operation] = this.#tape.read(record);
      const action = asMove(operation);
      if (action === null) continue;
      const isUnknown = operation.status === 'unknown';
      const alternatives = this.#meanings(doer, operation);
      yield { action, alternatives: isUnknown ? alternatives.map((each) => ({ ...each, sure: false })) : alternatives };
    }
  }

  #meanings(doer: number, operation: Operation) {
    const user = this.#doers[doer]?.user ?? null;
    return alternativesOf(operation, user, this.#jails, this.#knownJails, this.#blurred);
  }

  #noteBytes({ action, path, pathRaw, target, readings, cut }: Operation, user: string | null): void {
    if (readings || cut) return;
    const views = viewsOf(this.#jails, user, path, this.#knownJails);
    for (const view of path.includes(BAD_BYTE) ? views : []) {
      const at = hostPath(view, path);
      const raw = pathRaw ?? path;
      if ((this.#raws.get(at) ?? raw) !== raw) this.#blurred.add(at);
      this.#raws.set(at, raw);
    }
    // Of the second name the bytes are not known.
    if (action !== 'symlink' && target?.includes(BAD_BYTE))
      for (const view of views) this.#blurred.add(hostPath(view, target));
  }
}

function asMove({ action, status }: Operation): Move['action'] | null {
  return status !== 'failed' && (action === 'rename' || action === 'hardlink') ? action : null;
}

/** Milliseconds behind the third digit of a second, which Date leaves out. */
const beyondMilliseconds = (at: string): number => Number(`0.${/\.\d{3}(\d+)/.exec(at)?.[1] ?? '0'}`);

/** For operations at the beginning of a session of which no time is known. */
function firstTime({ opened, transfers, changes, closed }: Session): number {
  const known = [opened, ...transfers.map((each) => each.opened), ...changes.map((each) => each.at), closed];
  return known.reduce((least, at) => (at === null ? least : Math.min(least, Date.parse(at))), Number.POSITIVE_INFINITY);
}

/** Two sessions at the same moment: the log of one does not say what came first. */
function withTies(events: HistoryEvent[]): HistoryEvent[] {
  for (const [index, event] of events.entries()) {
    const before = events[index - 1];
    if (before === undefined || event.at === null || before.at !== event.at || before.session === event.session)
      continue;
    if (event.action === 'download' && before.action === 'download') continue;
    event.note = [event.note, 'at the same moment as the one before: the order is not known']
      .filter(Boolean)
      .join('; ');
  }
  return events;
}
