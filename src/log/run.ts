import { hash } from 'node:crypto';
import { type Connection, loginOf } from './connections.ts';
import type { EntryReader } from './entry.ts';
import { type Live, Requests } from './requests.ts';
import type { OpenedRecord, SessionEnd } from './session.ts';
import type { Settled } from './settled.ts';
import type { Told } from './told.ts';

/** Seconds of the log's own clock after which nothing more is expected of a session that ended. */
export const SETTLING = 2;

export interface Deferred {
  /** Somebody has to know how far the run has come. */
  catchUp(): void;
  /** A line comes that names its process. @param isNext it is the next of the run */
  meet(isNext: boolean): void;
}

/** One run of sftp-server, with what is known of the connection it ran for. */
export class Run {
  readonly pid: number;
  readonly requests: Requests;
  user: string | null = null;
  ip: string | null = null;
  /** The connections it can be of: one when it is certain. */
  candidates: Connection[] = [];
  /** Its own lines say which it is of. */
  isBound = false;
  /** `closed` it said so itself, `dead` it died in the middle. */
  state: 'running' | 'closed' | 'dead' = 'running';
  /** Seconds since 1970 of its first line and of its last. */
  readonly firstSecond: number;
  lastSecond: number;
  isSettled = false;
  /** Lines that were passed and that it was not told of yet. */
  deferred: Deferred | null = null;
  private readonly host: string;
  private readonly firstAt: string;
  readonly hasBeginning: boolean;
  private closedAt: string | null = null;
  private readonly evidence: number;

  /** @param first its first line */
  constructor(host: string, first: EntryReader, hasBeginning: boolean, detail: number, told: Told) {
    this.host = host;
    this.pid = first.pid;
    this.evidence = first.evidence;
    this.firstAt = first.at();
    this.hasBeginning = hasBeginning;
    this.firstSecond = first.second;
    this.lastSecond = first.second;
    this.requests = new Requests(detail, hasBeginning, liveOf(this, told));
  }

  finish(state: 'closed' | 'dead', at: string): void {
    this.state = state;
    this.closedAt = at;
    this.requests.end(state === 'closed');
  }

  /** Its connection is over and it has not said a word since: it was killed. */
  get isSilentlyDead(): boolean {
    const { candidates } = this;
    return (
      candidates.length > 0 &&
      candidates.every(({ end, isShut, endSecond }) => (end !== null || isShut) && this.lastSecond <= endSecond + 1)
    );
  }

  get id(): string {
    return `${this.hasBeginning ? '' : 'x'}${runId(this.host, this.pid, this.firstAt)}`;
  }

  /** What is known of it when it begins. */
  opened(): OpenedRecord {
    const { login, port } = loginOf(this.candidates);
    const client = { ip: this.ip || null, port };
    return { at: this.firstAt, id: this.id, host: this.host, user: this.user, client, login };
  }

  /** @param fallback the end of a session whose own end was not seen */
  settle(fallback: 'killed' | 'open' | 'unknown'): Settled {
    const { requests, candidates } = this;
    const end = this.state === 'running' ? this.endUnseen(fallback) : this.endSeen();
    if (this.state === 'running') requests.end(false);
    const { login, port } = loginOf(candidates);
    const { transfers, changes, omitted } = requests;
    return {
      head: {
        v: 1,
        id: this.id,
        host: this.host,
        user: this.user,
        client: { ip: this.ip || null, port },
        login,
        opened: this.hasBeginning ? this.firstAt : null,
        closed: this.closedAt ?? (end === 'killed' || end === 'timeout' ? lastEnd(candidates) : null),
        end,
      },
      transfers,
      changes,
      totals: requests.tally.totals(this.hasBeginning && (this.state !== 'running' || end !== 'unknown')),
      omitted,
      origin: { pid: this.pid, firstAt: this.firstAt, evidence: this.evidence, lastSecond: this.lastSecond },
    };
  }

  private endUnseen(fallback: 'killed' | 'open' | 'unknown'): SessionEnd {
    return fallback === 'killed' && this.verdicts().every((verdict) => verdict === 'timeout') ? 'timeout' : fallback;
  }

  private endSeen(): SessionEnd {
    const verdicts = this.verdicts();
    const [verdict = 'closed'] = verdicts;
    if (verdict === 'timeout' && verdicts.length === 1) return 'timeout';
    if (this.state === 'dead') return 'killed';
    if (verdicts.length > 1) return this.requests.forced ? 'aborted' : 'unknown';
    if (verdict === 'killed') return 'killed';
    return this.requests.forced ? 'aborted' : verdict;
  }

  /** What the connections that ended with it say of the end; more than one word where they differ. */
  private verdicts(): SessionEnd[] {
    const { candidates } = this;
    const [only] = candidates;
    if (!only) return [];
    const near = candidates.filter(
      ({ end, isShut, endSecond }) => (end !== null || isShut) && Math.abs(endSecond - this.lastSecond) <= SETTLING,
    );
    const relevant = candidates.length === 1 ? candidates : near;
    return [...new Set(relevant.map((connection) => verdictOf(connection, this.lastSecond)))];
  }
}

/** What a session does while it goes on, told with what is known of the session by then; null where nobody asks. */
function liveOf(run: Run, { onUpload, onTouch }: Told): Live | null {
  if (onUpload === undefined && onTouch === undefined) return null;
  return {
    ...(onUpload && {
      onUpload({ transfer }) {
        const { id: sessionId, host, user, client, login } = run.opened();
        onUpload({ sessionId, host, user, client, login, transfer });
      },
    }),
    ...(onTouch && {
      onTouch(touch, n, at, raw) {
        const { id, at: begun, host, user, client } = run.opened();
        onTouch({ id: `${id}-${n}`, host, user, client, at: at ?? begun, touch, raw });
      },
    }),
  };
}

function verdictOf({ end, isShut, inactiveSecond, started, finished }: Connection, lastSecond: number): SessionEnd {
  if (end === 'timeout' || Math.abs(inactiveSecond - lastSecond) <= SETTLING) return 'timeout';
  if (end === 'killed') return 'killed';
  if (end === 'orderly') return 'closed';
  // The connection went on, and sshd closed the session's channel. At VERBOSE it says so, at INFO it says nothing.
  const channelClosed = end === null && !isShut && (started === 0 || finished >= started);
  return channelClosed ? 'closed' : 'aborted';
}

const lastEnd = (connections: readonly Connection[]): string | null =>
  connections.map(({ endAt }) => endAt).reduce((one, other) => ((other ?? '') > (one ?? '') ? other : one), null);

/** What a run is known by: where it ran, as which process, and when its first line was logged. */
export const runId = (host: string, pid: number, at: string): string =>
  hash('sha256', `${host}\n${pid}\n${at}`, 'hex').slice(0, 16);
