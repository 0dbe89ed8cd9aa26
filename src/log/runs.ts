import type { Connection, Connections } from './connections.ts';
import type { EntryReader } from './entry.ts';
import { Queue } from './queue.ts';
import { Run, SETTLING } from './run.ts';
import { sessionOf } from './settled.ts';
import type { Told } from './told.ts';

/** The runs of sftp-server on one host, from the first line of each until nothing more is expected of it. */
export class Runs {
  /** When sshd was started last: what has been silent since may be gone. */
  restartSecond = -Infinity;
  private readonly byPid = new Map<number, Run>();
  private last: Run | null = null;
  /** What has ended, in the order of its end, until nothing more is expected of it. */
  private readonly ending = new Queue<{ ended: Run | Connection; second: number }>();
  private second = 0;
  private readonly host: string;
  private readonly detail: number;
  private readonly told: Told;
  private readonly connections: Connections;

  constructor(host: string, detail: number, told: Told, connections: Connections) {
    this.host = host;
    this.detail = detail;
    this.told = told;
    this.connections = connections;
  }

  /** No session runs, and none is about to settle. */
  get isEmpty(): boolean {
    return this.byPid.size === 0 && this.ending.first === undefined;
  }

  all(): Run[] {
    return [...this.byPid.values()];
  }

  /** Seconds since 1970, by the log's clock. */
  get now(): number {
    return this.second;
  }

  /** Many lines of one process come one after the other. */
  of(pid: number): Run | undefined {
    const { last } = this;
    if (last !== null && last.pid === pid) return last;
    const run = this.byPid.get(pid);
    if (run !== undefined) this.last = run;
    return run;
  }

  begin(entry: EntryReader, hasBeginning: boolean): Run {
    const run = new Run(this.host, entry, hasBeginning, this.detail, this.told);
    this.byPid.set(entry.pid, run);
    return run;
  }

  /** The clock of the log. */
  tick(second: number): void {
    if (second === this.second) return;
    this.second = second;
    for (let next = this.ending.first; next && second - next.second > SETTLING; next = this.ending.first)
      this.settle(this.ending.take());
  }

  /** Nothing more is expected of what has ended, whatever the stamps say: for a log that is read as it grows. */
  settleEnded(): void {
    while (this.ending.first) this.settle(this.ending.take());
  }

  /** The log is over. */
  end(): void {
    this.settleEnded();
    for (const run of [...this.byPid.values()])
      this.tell(run, this.restartSecond > run.lastSecond ? 'unknown' : 'open');
  }

  private settle({ ended }: { ended: Run | Connection }): void {
    if (!(ended instanceof Run)) return this.tellUnused(ended);
    ended.deferred?.catchUp();
    if (!ended.isSettled && (ended.state !== 'running' || ended.isSilentlyDead)) this.tell(ended, 'killed');
  }

  tell(run: Run, fallback: 'killed' | 'open' | 'unknown'): void {
    run.deferred?.catchUp();
    run.isSettled = true;
    if (this.byPid.get(run.pid) === run) this.byPid.delete(run.pid);
    if (this.last === run) this.last = null;
    const settled = run.settle(fallback);
    if (this.told.onSettled) this.told.onSettled(settled);
    else this.told.onSession(sessionOf(settled));
    run.requests.release();
  }

  private tellUnused(connection: Connection): void {
    const { user, ip, port, login, at, reason, runs } = connection;
    this.connections.forget(connection);
    if (runs.length > 0 || login === null) return;
    const { method, keyType, fingerprint } = login;
    const who = { at, host: this.host, user, ip: ip || null, port: port || null };
    this.told.onLogin({ ...who, outcome: 'unused', method, keyType, fingerprint, reason });
  }

  /** A pid is given to another process only when the one before has ended. */
  cameBack(pid: number): void {
    const before = this.byPid.get(pid);
    if (before) this.tell(before, 'unknown');
  }

  finish(run: Run, state: 'closed' | 'dead', entry: EntryReader): void {
    run.finish(state, entry.at());
    this.ending.put({ ended: run, second: entry.second });
  }

  /** A connection has ended, and with it, if they say no more, its sessions. */
  over(connection: Connection, entry: EntryReader): void {
    if (connection.endAt === null) {
      connection.endSecond = entry.second;
      connection.endAt = entry.at();
      this.ending.put({ ended: connection, second: entry.second });
    }
    for (const run of connection.runs)
      if (run.state === 'running') this.ending.put({ ended: run, second: entry.second });
  }

  /** All that there was to say of a connection was said. */
  settleOf(connection: Connection): void {
    for (const run of [...connection.runs])
      if (run.state !== 'running' && run.candidates.length === 1) this.settle({ ended: run });
  }

  bind(run: Run, candidates: Connection[], isBound: boolean): void {
    run.candidates = candidates;
    run.isBound = isBound;
    for (const candidate of candidates) if (!candidate.runs.includes(run)) candidate.runs.push(run);
  }

  /** Sessions of this user and address can be of this connection too, of which the log has not seen the beginning. */
  doubt(user: string, ip: string, unseen: Connection): void {
    const runs = new Set(this.connections.of(user, ip).flatMap((connection) => connection.runs));
    for (const run of runs)
      if (!run.isBound && !run.candidates.includes(unseen)) this.bind(run, [...run.candidates, unseen], false);
  }
}
