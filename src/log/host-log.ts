import { Attempts } from './attempts.ts';
import { type Connection, type ConnectionEnd, Connections, newConnection } from './connections.ts';
import type { EntryReader } from './entry.ts';
import { endsInCutEscape } from './escape.ts';
import { latin1 } from './latin1.ts';
import { Queue } from './queue.ts';
import { Run, SETTLING } from './run.ts';
import type { AcceptedRecord, LoginRecord, OpenedRecord, Session } from './session.ts';
import { LONGEST, type SftpMessage, sftpMessages } from './sftp-messages.ts';
import { type FoundSshd, findSshd, type SshdKind } from './sshd-messages.ts';

/** What a line is; `unknown` is one of sshd's or sftp-server's that no table has. */
export type LineClass = 'session' | 'login' | 'sshd' | 'debug' | 'other' | 'marker' | 'unknown';

export interface Told {
  onSession(session: Session): void;
  onLogin(login: LoginRecord): void;
  /** A session has begun before its first line. */
  onOrphan?(): void;
  /** A session begins, or somebody was let in: as far as it is known by then. */
  onOpened?(opened: OpenedRecord): void;
  onAccepted?(login: AcceptedRecord): void;
}

const claimedBy = ({ runs }: Connection): number => runs.filter(({ candidates }) => candidates.length === 1).length;

const PLAIN_SSHD = new Set<SshdKind>(['noise', 'fatal', 'restarted']);

/** A repeated line changes nothing that a hundredth of it would not; a forged number must not cost an hour. */
const MOST_REPEATS = 1000;

/** Seconds for which a connection without a session, and a login that nothing came of, are waited for. */
const [IDLE_CONNECTION, LONG_LOGIN] = [3600, 300];

/** What has not been told yet of what was read. */
export interface Unsettled {
  /** Seconds since 1970: no line before is needed to tell it all; Infinity where there is nothing to tell. */
  since: number;
  /** The ids of sessions that had begun before the first line that was read of them. */
  orphans: string[];
}

/** What is printed after a session has closed too, so that it tells of none. */
const isPlainDebug = ({ kind }: SftpMessage): boolean => kind === 'debug';

/** The lines of one host, folded into sessions and logins. It knows no clock but the stamps of the lines. */
export class HostLog {
  private readonly runs = new Map<number, Run>();
  private lastRun: Run | null = null;
  private readonly connections = new Connections();
  private readonly attempts: Attempts;
  /** What has ended, in the order of its end, until nothing more is expected of it. */
  private readonly ending = new Queue<{ ended: Run | Connection; second: number }>();
  private restartSecond = -Infinity;
  private second = 0;
  private readonly host: string;
  private readonly detail: number;
  private readonly told: Told;

  constructor(host: string, detail: number, told: Told) {
    this.host = host;
    this.detail = detail;
    this.told = told;
    this.attempts = new Attempts((login) => told.onLogin(login));
  }

  read(entry: EntryReader): LineClass {
    if (entry.second !== this.second) this.tick(entry.second);
    return entry.program === 'sftp' ? this.readSftp(entry, null) : this.readSshd(entry);
  }

  /** Whether nothing is going on: no session runs, none is about to settle, nobody is logged in. */
  get isIdle(): boolean {
    return this.runs.size === 0 && this.ending.first === undefined && this.connections.isEmpty;
  }

  /** Whether a process is one of which lines were read. */
  knows(pid: number): boolean {
    return this.runs.has(pid) || this.connections.byProcess(pid) !== undefined;
  }

  /** A line that is not to be read has a stamp all the same. */
  pass(second: number): void {
    if (second !== this.second) this.tick(second);
  }

  private tick(second: number): void {
    this.second = second;
    for (let next = this.ending.first; next && second - next.second > SETTLING; next = this.ending.first)
      this.settle(this.ending.take());
  }

  /** Nothing more is expected of what has ended, whatever the stamps say: for a log that is read as it grows. */
  settleEnded(): void {
    while (this.ending.first) this.settle(this.ending.take());
  }

  unsettled(): Unsettled {
    const runs = [...this.runs.values()];
    const connections = [...this.connections.all()].filter(({ since }) => this.second - since < IDLE_CONNECTION);
    const attempts = this.attempts.begun().map((at) => Math.floor(Date.parse(at) / 1000));
    const seconds = [
      ...runs.map(({ firstSecond }) => firstSecond),
      ...[...runs.flatMap(({ candidates }) => candidates), ...connections].map(({ since }) => since),
      ...attempts.filter((second) => this.second - second < LONG_LOGIN),
    ];
    return {
      since: seconds.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY),
      orphans: runs.filter(({ hasBeginning }) => !hasBeginning).map(({ id }) => id),
    };
  }

  /** The lines that would have told of an end are gone, or whoever would have written them: what spoke last before. */
  abandon(second: number): void {
    for (const run of [...this.runs.values()]) if (run.lastSecond < second && !run.isSettled) this.tell(run, 'unknown');
    for (const connection of [...this.connections.all()])
      if (connection.since < second && connection.runs.every(({ isSettled }) => isSettled))
        this.connections.forget(connection);
  }

  /** The log is over. */
  end(): void {
    this.settleEnded();
    this.attempts.endAll();
    for (const run of [...this.runs.values()]) this.tell(run, this.restartSecond > run.lastSecond ? 'unknown' : 'open');
  }

  private settle({ ended }: { ended: Run | Connection }): void {
    if (!(ended instanceof Run)) this.tellUnused(ended);
    else if (!ended.isSettled && (ended.state !== 'running' || ended.isSilentlyDead)) this.tell(ended, 'killed');
  }

  private tell(run: Run, fallback: 'killed' | 'open' | 'unknown'): void {
    run.isSettled = true;
    if (this.runs.get(run.pid) === run) this.runs.delete(run.pid);
    if (this.lastRun === run) this.lastRun = null;
    this.told.onSession(run.session(fallback));
  }

  private tellUnused(connection: Connection): void {
    const { user, ip, port, login, at, reason, runs } = connection;
    this.connections.forget(connection);
    if (runs.length > 0 || login === null) return;
    const { method, keyType, fingerprint } = login;
    const who = { at, host: this.host, user, ip: ip || null, port: port || null };
    this.told.onLogin({ ...who, outcome: 'unused', method, keyType, fingerprint, reason });
  }

  private readSftp(entry: EntryReader, ofMonitor: Connection | null): LineClass {
    const { bytes, from, to } = entry;
    const isCut = to - from >= LONGEST || (to - from === LONGEST - 1 && endsInCutEscape(latin1(bytes, to - 5, to)));
    const isWhole = !isCut && !entry.isTorn;
    const found = isCut ? undefined : sftpMessages.find(bytes, entry.view, from, to);
    const message = isWhole || found ? found : sftpMessages.findByLead(entry.view, from, to);
    if (message === undefined) return this.readRepeated(entry) ?? 'unknown';
    // What has an end of its own is whole where that end is there.
    const hasEnd = found?.hasEnd === true;
    if (isWhole || hasEnd || !message.hasEnd) this.follow(message, entry, !isWhole && !hasEnd, ofMonitor);
    return message.isDebug ? 'debug' : 'session';
  }

  /** rsyslog's $RepeatedMsgReduction. */
  private readRepeated(entry: EntryReader): LineClass | null {
    const text = latin1(entry.bytes, entry.from, entry.to);
    const [, times, inner] = /^message repeated (\d{1,9}) times: \[ (.*)\]$/s.exec(text) ?? [];
    if (times === undefined || inner === undefined) return null;
    const [from, to] = [entry.to - 1 - inner.length, entry.to - 1];
    let found: LineClass = 'unknown';
    for (let time = 0; time < Math.min(Number(times), MOST_REPEATS); time++) {
      [entry.from, entry.to] = [from, to];
      found = entry.program === 'sftp' ? this.readSftp(entry, null) : this.readSshd(entry);
    }
    return found;
  }

  private follow(message: SftpMessage, entry: EntryReader, isCut: boolean, ofMonitor: Connection | null): void {
    const { kind } = message;
    let run = this.runOf(entry.pid);
    if (kind === 'opened') return this.begin(message, entry, ofMonitor);
    if (kind === 'unstartable') return;
    if (run === undefined || (run.state !== 'running' && !isPlainDebug(message))) {
      if (isPlainDebug(message)) return;
      if (run) this.tell(run, 'killed');
      this.told.onOrphan?.();
      run = this.newRun(entry, false);
      if (ofMonitor) this.bind(run, [ofMonitor], true);
    }
    if (run.state !== 'running') return;
    run.lastSecond = entry.second;
    run.requests.read(message, entry, isCut);
    if (kind === 'closed') this.close(run, message, entry);
    else if (kind === 'fatal') this.finish(run, 'dead', entry);
  }

  /** Many lines of one process come one after the other. */
  private runOf(pid: number): Run | undefined {
    const { lastRun } = this;
    if (lastRun !== null && lastRun.pid === pid) return lastRun;
    const run = this.runs.get(pid);
    if (run !== undefined) this.lastRun = run;
    return run;
  }

  private newRun(entry: EntryReader, hasBeginning: boolean): Run {
    const run = new Run(this.host, entry.pid, entry.at(), entry.second, hasBeginning, this.detail);
    this.runs.set(entry.pid, run);
    return run;
  }

  private begin({ pattern }: SftpMessage, entry: EntryReader, ofMonitor: Connection | null): void {
    this.cameBack(entry.pid);
    const run = this.newRun(entry, true);
    const [user, ip] = [pattern.text(entry.bytes, 0), pattern.text(entry.bytes, 1)];
    run.user = user;
    run.ip = ip === 'UNKNOWN' ? '' : ip;
    const candidates = ofMonitor ? [ofMonitor] : this.connections.claim(user, run.ip, entry.second);
    this.bind(run, candidates, ofMonitor !== null);
    this.told.onOpened?.(run.opened());
    const [only] = candidates;
    // More sessions than it has started: one of them is of another, whose start the log has not seen.
    if (candidates.length === 1 && only && only.started > 0 && claimedBy(only) > only.started)
      this.doubt(user, run.ip, newConnection(user, run.ip, 0, entry.second, entry.at()));
  }

  private bind(run: Run, candidates: Connection[], isBound: boolean): void {
    run.candidates = candidates;
    run.isBound = isBound;
    for (const candidate of candidates) if (!candidate.runs.includes(run)) candidate.runs.push(run);
  }

  /** Sessions of this user and address can be of this connection too, of which the log has not seen the beginning. */
  private doubt(user: string, ip: string, unseen: Connection): void {
    const runs = new Set(this.connections.of(user, ip).flatMap((connection) => connection.runs));
    for (const run of runs)
      if (!run.isBound && !run.candidates.includes(unseen)) this.bind(run, [...run.candidates, unseen], false);
  }

  /** sshd speaks of the end of a connection that this log has not seen begin. */
  private unknownEnd(user: string, ip: string, port: number, entry: EntryReader): Connection | undefined {
    if (!user || !ip || !port || this.connections.of(user, ip).length === 0) return undefined;
    const unseen = this.connections.at(user, ip, port, entry.second, () => entry.at());
    this.doubt(user, ip, unseen);
    return unseen;
  }

  /** A pid is given to another process only when the one before has ended. */
  private cameBack(pid: number): void {
    const before = this.runs.get(pid);
    if (before) this.tell(before, 'unknown');
  }

  private close(run: Run, { pattern }: SftpMessage, entry: EntryReader): void {
    const [user, ip] = [pattern.text(entry.bytes, 0), pattern.text(entry.bytes, 1)];
    run.user ??= user;
    run.ip ??= ip === 'UNKNOWN' ? '' : ip;
    this.finish(run, 'closed', entry);
  }

  private finish(run: Run, state: 'closed' | 'dead', entry: EntryReader): void {
    run.finish(state, entry.at());
    this.ending.put({ ended: run, second: entry.second });
  }

  private readSshd(entry: EntryReader): LineClass {
    const { bytes } = entry;
    let text = latin1(bytes, entry.from, entry.to);
    const [, suffix] = / \[(preauth|postauth)\]$/.exec(text) ?? [];
    const connection = this.connections.byProcess(entry.pid);
    if (suffix === 'postauth' || text.length >= LONGEST) {
      // Enterprise Linux: what was logged in a jail without a socket, relayed by the monitor (FACTS 2.4).
      if (suffix) entry.to -= ' [postauth]'.length;
      const message = sftpMessages.findByLead(entry.view, entry.from, entry.to);
      const isSessions = message && !['fatal', 'error', 'debug', 'request', 'copyRequest'].includes(message.kind);
      if (isSessions || (message && this.runs.has(entry.pid))) return this.readSftp(entry, connection ?? null);
    }
    if (suffix) text = text.slice(0, -suffix.length - 3);
    if (text.startsWith('debug') && !text.startsWith('debug1: session_by_pid: pid ')) return 'debug';
    const found = findSshd(text);
    if (found === null) return this.readRepeated(entry) ?? 'unknown';
    // A port or a name of which the end is missing is another.
    if (!entry.isTorn) this.learn(found, entry, suffix === 'preauth');
    if (found.kind === 'debug' || found.kind === 'sessionPid') return 'debug';
    return PLAIN_SSHD.has(found.kind) ? 'sshd' : 'login';
  }

  private learn({ kind, fields }: FoundSshd, entry: EntryReader, isPreauth: boolean): void {
    const { pid, second } = entry;
    const { ip = '', user = '', reason = null } = fields;
    const port = Number(fields.port ?? 0);
    const record = () => ({ at: entry.at(), host: this.host });
    const { method = null, keyType = null, fingerprint = null } = fields;
    const known = { user: user || null, ip: ip || null, port: port || null, method, keyType, fingerprint };
    const mine = () =>
      (ip && port ? this.connections.byAddress(ip, port) : undefined) ??
      this.connections.byProcess(pid) ??
      (ip && !port ? this.connections.onlyFrom(ip) : undefined) ??
      (isPreauth ? undefined : this.unknownEnd(user, ip, port, entry));
    switch (kind) {
      case 'connection':
        return this.attempts.begin(pid, record, { ip: ip || null, port: port || null });
      case 'failed':
        if (method !== 'none') this.attempts.fail(pid, record, { ...known, reason: `Failed ${method}` });
        return;
      case 'invalidUser':
        return this.attempts.fail(pid, record, { ...known, reason: 'Invalid user' });
      case 'denied':
        this.attempts.fail(pid, record, { ...known, reason });
        return this.attempts.end(pid);
      case 'notAllowed':
      case 'tooMany':
        return this.attempts.fail(pid, record, { ...known, reason });
      case 'gaveUp':
        this.attempts.fail(pid, record, { user, ip, port });
        return this.attempts.end(pid);
      case 'tooSlow': {
        // Since 9.8 the listener says so, and of which process.
        const process = Number(fields.process ?? pid);
        this.attempts.fail(process, record, { ip: ip || null, port: port || null, reason });
        return this.attempts.end(process);
      }
      case 'penalty':
        return this.told.onLogin({ ...record(), ...known, outcome: 'refused', reason });
      case 'accepted':
        return this.accept(entry, user, ip, port, { method, keyType, fingerprint });
      case 'childPid':
        return this.bindChild(Number(fields.child), this.connections.byProcess(pid));
      case 'starting':
        return this.start(entry, fields, ip, port);
      case 'refusing': {
        const connection = mine();
        if (connection) {
          connection.reason = reason;
          this.connections.finish(connection, null);
        }
        return;
      }
      case 'closeSession': {
        const connection = mine();
        if (connection && connection.finished < connection.started) connection.finished++;
        if (connection) this.connections.finish(connection, fields.id ?? null);
        return;
      }
      case 'receivedDisconnect':
        return this.disconnect(mine(), fields.code === '11' ? 'orderly' : 'lost', entry);
      case 'disconnected':
        return this.disconnect(mine(), 'orderly', entry);
      case 'connectionLost':
        if (isPreauth) return this.attempts.end(pid);
        return this.disconnect(mine(), 'lost', entry);
      case 'timeout':
      case 'unused': {
        const connection = mine();
        if (connection && kind === 'unused') connection.reason = reason;
        return this.disconnect(connection, 'timeout', entry);
      }
      case 'inactive': {
        const connection = mine();
        if (connection) connection.inactiveSecond = second;
        return;
      }
      case 'badChroot': {
        const connection = mine();
        if (connection) connection.reason = reason;
        return this.disconnect(connection, 'killed', entry);
      }
      case 'reaped':
      case 'fatal':
        if (!isPreauth) return this.disconnect(mine(), 'killed', entry);
        this.attempts.fail(pid, record, { reason });
        return this.attempts.end(pid);
      case 'pamOpened':
        // Before it a monitor has said who was let in.
        if (!this.connections.byProcess(pid)) this.connections.unseen(user, pid, second, entry.at());
        return;
      case 'pamClosed':
        return this.shut(this.connections.byProcess(pid), entry);
      case 'sessionPid': {
        const run = this.runs.get(Number(fields.child));
        const connection = this.connections.byProcess(pid);
        if (run && connection) this.bind(run, [connection], true);
        return;
      }
      case 'restarted':
        this.restartSecond = second;
    }
  }

  private accept(
    entry: EntryReader,
    user: string,
    ip: string,
    port: number,
    login: NonNullable<Connection['login']>,
  ): void {
    const { pid, second } = entry;
    this.attempts.succeed(pid);
    const connection = this.connections.at(user, ip, port, second, () => entry.at());
    if (connection.login === null)
      this.told.onAccepted?.({ at: entry.at(), host: this.host, user, client: { ip, port: port || null }, login });
    connection.login ??= login;
    this.bindChild(pid, connection);
  }

  private bindChild(pid: number, connection: Connection | undefined): void {
    if (!connection || this.connections.byProcess(pid) === connection) return;
    this.cameBack(pid);
    const before = this.connections.byProcess(pid);
    if (before?.port === 0) this.connections.forget(before);
    this.connections.bindProcess(pid, connection);
  }

  private start(entry: EntryReader, fields: FoundSshd['fields'], ip: string, port: number): void {
    const { user, id } = fields;
    if (user === undefined || id === undefined) return;
    const connection = this.connections.at(user, ip, port, entry.second, () => entry.at());
    const unseen = this.connections.byProcess(entry.pid);
    if (unseen && unseen.port === 0) this.connections.identify(unseen, connection);
    this.bindChild(entry.pid, connection);
    this.connections.start(connection, id);
  }

  private disconnect(connection: Connection | undefined, end: ConnectionEnd, entry: EntryReader): void {
    if (!connection) return;
    const isStronger = connection.end !== 'timeout' && (end === 'timeout' || end === 'killed');
    if (connection.end === null || isStronger) connection.end = end;
    this.over(connection, entry);
  }

  private shut(connection: Connection | undefined, entry: EntryReader): void {
    if (!connection || connection.isShut) return;
    connection.isShut = true;
    this.over(connection, entry);
    if (connection.end === null) return;
    // Its last word was said, and how it ended is known.
    for (const run of [...connection.runs])
      if (run.state !== 'running' && run.candidates.length === 1) this.settle({ ended: run });
  }

  private over(connection: Connection, entry: EntryReader): void {
    if (connection.endAt === null) {
      connection.endSecond = entry.second;
      connection.endAt = entry.at();
      this.ending.put({ ended: connection, second: entry.second });
    }
    for (const run of connection.runs)
      if (run.state === 'running') this.ending.put({ ended: run, second: entry.second });
  }
}
