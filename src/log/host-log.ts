import { Attempts } from './attempts.ts';
import { type Connection, Connections, newConnection } from './connections.ts';
import type { EntryReader } from './entry.ts';
import { endsInCutEscape } from './escape.ts';
import { findSshd } from './find-sshd.ts';
import { latin1 } from './latin1.ts';
import type { Run } from './run.ts';
import { Runs } from './runs.ts';
import { LONGEST, type SftpMessage, sftpMessages } from './sftp-messages.ts';
import type { SshdKind } from './sshd-messages.ts';
import { SshdTeller } from './sshd-teller.ts';
import type { Told } from './told.ts';

/** What a line is; `unknown` is one of sshd's or sftp-server's that no table has. */
export type LineClass = 'session' | 'login' | 'sshd' | 'debug' | 'other' | 'marker' | 'unknown';

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
  private readonly connections = new Connections();
  private readonly runs: Runs;
  private readonly attempts: Attempts;
  private readonly sshd: SshdTeller;
  private readonly told: Told;

  constructor(host: string, detail: number, told: Told) {
    this.told = told;
    this.runs = new Runs(host, detail, told, this.connections);
    this.attempts = new Attempts((login) => told.onLogin(login));
    this.sshd = new SshdTeller(host, told, this.connections, this.runs, this.attempts);
  }

  read(entry: EntryReader): LineClass {
    this.runs.tick(entry.second);
    // Before the line is read: patterns know but one line at a time.
    this.runs.of(entry.pid)?.deferred?.meet(entry.program === 'sftp');
    return entry.program === 'sftp' ? this.readSftp(entry, null) : this.readSshd(entry);
  }

  /** Whether nothing is going on: no session runs, none is about to settle, nobody is logged in. */
  get isIdle(): boolean {
    return this.runs.isEmpty && this.connections.isEmpty;
  }

  /** Whether a process is one of which lines were read. */
  knows(pid: number): boolean {
    return this.runs.of(pid) !== undefined || this.connections.byProcess(pid) !== undefined;
  }

  /** The second of the line before. */
  get now(): number {
    return this.runs.now;
  }

  /** A line that is not to be read has a stamp all the same. */
  pass(second: number): void {
    this.runs.tick(second);
  }

  runOf(pid: number): Run | undefined {
    return this.runs.of(pid);
  }

  /** A line of a stretch that has to be told before the stretch is over. */
  readDeferred(run: Run, entry: EntryReader): void {
    const { bytes, view, from, to, second } = entry;
    run.lastSecond = second;
    run.requests.read(sftpMessages.find(bytes, view, from, to) as SftpMessage, entry, false);
  }

  /** See Runs. */
  settleEnded(): void {
    this.runs.settleEnded();
  }

  /** How many sessions have begun and not ended. */
  get running(): number {
    return this.runs.all().filter(({ state }) => state === 'running').length;
  }

  unsettled(): Unsettled {
    const { now } = this.runs;
    const runs = this.runs.all();
    const connections = [...this.connections.all()].filter(({ since }) => now - since < IDLE_CONNECTION);
    const attempts = this.attempts.begun().map((at) => Math.floor(Date.parse(at) / 1000));
    const seconds = [
      ...runs.map(({ firstSecond }) => firstSecond),
      ...[...runs.flatMap(({ candidates }) => candidates), ...connections].map(({ since }) => since),
      ...attempts.filter((second) => now - second < LONG_LOGIN),
    ];
    return {
      since: seconds.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY),
      orphans: runs.filter(({ hasBeginning }) => !hasBeginning).map(({ id }) => id),
    };
  }

  /** The lines that would have told of an end are gone, or whoever would have written them: what spoke last before. */
  abandon(second: number): void {
    for (const run of this.runs.all()) if (run.lastSecond < second && !run.isSettled) this.runs.tell(run, 'unknown');
    for (const connection of this.connections.all())
      if (connection.since < second && connection.runs.every(({ isSettled }) => isSettled))
        this.connections.forget(connection);
  }

  /** The log is over. */
  end(): void {
    this.runs.settleEnded();
    this.attempts.endAll();
    this.runs.end();
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
    let run = this.runs.of(entry.pid);
    if (kind === 'opened') return this.begin(message, entry, ofMonitor);
    if (kind === 'unstartable') return;
    if (run === undefined || (run.state !== 'running' && !isPlainDebug(message))) {
      if (isPlainDebug(message)) return;
      if (run) this.runs.tell(run, 'killed');
      this.told.onOrphan?.();
      run = this.runs.begin(entry, false);
      if (ofMonitor) this.runs.bind(run, [ofMonitor], true);
    }
    if (run.state !== 'running') return;
    run.lastSecond = entry.second;
    run.requests.read(message, entry, isCut);
    if (kind === 'closed') this.close(run, message, entry);
    else if (kind === 'fatal') this.runs.finish(run, 'dead', entry);
  }

  private begin({ pattern }: SftpMessage, entry: EntryReader, ofMonitor: Connection | null): void {
    this.runs.cameBack(entry.pid);
    const run = this.runs.begin(entry, true);
    const [user, ip] = [pattern.text(entry.bytes, 0), pattern.text(entry.bytes, 1)];
    run.user = user;
    run.ip = ip === 'UNKNOWN' ? '' : ip;
    const candidates = ofMonitor ? [ofMonitor] : this.connections.claim(user, run.ip, entry.second);
    this.runs.bind(run, candidates, ofMonitor !== null);
    this.told.onOpened?.(run.opened());
    const [only] = candidates;
    // More sessions than it has started: one of them is of another, whose start the log has not seen.
    if (candidates.length === 1 && only && only.started > 0 && claimedBy(only) > only.started)
      this.runs.doubt(user, run.ip, newConnection(user, run.ip, 0, entry.second, entry.at()));
  }

  private close(run: Run, { pattern }: SftpMessage, entry: EntryReader): void {
    const [user, ip] = [pattern.text(entry.bytes, 0), pattern.text(entry.bytes, 1)];
    run.user ??= user;
    run.ip ??= ip === 'UNKNOWN' ? '' : ip;
    this.runs.finish(run, 'closed', entry);
  }

  private readSshd(entry: EntryReader): LineClass {
    const { bytes } = entry;
    let text = latin1(bytes, entry.from, entry.to);
    const [, suffix] = (text.endsWith('auth]') && / \[(preauth|postauth)\]$/.exec(text)) || [];
    const connection = this.connections.byProcess(entry.pid);
    if (suffix === 'postauth' || text.length >= LONGEST) {
      // Enterprise Linux: what was logged in a jail without a socket, relayed by the monitor.
      if (suffix) entry.to -= ' [postauth]'.length;
      const message = sftpMessages.findByLead(entry.view, entry.from, entry.to);
      const isSessions = message && !['fatal', 'error', 'debug', 'request', 'copyRequest'].includes(message.kind);
      if (isSessions || (message && this.runs.of(entry.pid) !== undefined))
        return this.readSftp(entry, connection ?? null);
    }
    if (suffix) text = text.slice(0, -suffix.length - 3);
    if (text.startsWith('debug') && !text.startsWith('debug1: session_by_pid: pid ')) return 'debug';
    const found = findSshd(text);
    if (found === null) return this.readRepeated(entry) ?? 'unknown';
    // A port or a name of which the end is missing is another.
    if (!entry.isTorn && found.kind !== 'noise') this.sshd.learn(found, entry, suffix === 'preauth');
    if (found.kind === 'debug' || found.kind === 'sessionPid') return 'debug';
    return PLAIN_SSHD.has(found.kind) ? 'sshd' : 'login';
  }
}
