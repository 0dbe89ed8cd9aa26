import type { Attempts } from './attempts.ts';
import type { Connection, ConnectionEnd, Connections } from './connections.ts';
import type { EntryReader } from './entry.ts';
import type { FoundSshd } from './find-sshd.ts';
import type { Runs } from './runs.ts';
import type { Told } from './told.ts';

/** What sshd's lines tell of connections and logins, and through them of sessions. */
export class SshdTeller {
  private readonly host: string;
  private readonly told: Told;
  private readonly connections: Connections;
  private readonly runs: Runs;
  private readonly attempts: Attempts;

  constructor(host: string, told: Told, connections: Connections, runs: Runs, attempts: Attempts) {
    this.host = host;
    this.told = told;
    this.connections = connections;
    this.runs = runs;
    this.attempts = attempts;
  }

  learn({ kind, fields }: FoundSshd, entry: EntryReader, isPreauth: boolean): void {
    const { pid, second } = entry;
    const { ip = '', user = '', reason = null } = fields;
    const port = Number(fields.port ?? 0);
    const record = () => ({ at: entry.at(), host: this.host });
    const { method = null, keyType = null, fingerprint = null } = fields;
    const known = { user: user || null, ip: ip || null, port: port || null, method, keyType, fingerprint };
    const mine = () => this.named(user, ip, port, entry, isPreauth);
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
        const run = this.runs.of(Number(fields.child));
        const connection = this.connections.byProcess(pid);
        if (run && connection) this.runs.bind(run, [connection], true);
        return;
      }
      case 'restarted':
        this.runs.restartSecond = second;
    }
  }

  /** The connection that a line speaks of. */
  private named(
    user: string,
    ip: string,
    port: number,
    entry: EntryReader,
    isPreauth: boolean,
  ): Connection | undefined {
    return (
      (ip && port ? this.connections.byAddress(ip, port) : undefined) ??
      this.connections.byProcess(entry.pid) ??
      (ip && !port ? this.connections.onlyFrom(ip) : undefined) ??
      (isPreauth ? undefined : this.unknownEnd(user, ip, port, entry))
    );
  }

  /** sshd speaks of the end of a connection that this log has not seen begin. */
  private unknownEnd(user: string, ip: string, port: number, entry: EntryReader): Connection | undefined {
    if (!user || !ip || !port || this.connections.of(user, ip).length === 0) return undefined;
    const unseen = this.connections.at(user, ip, port, entry.second, () => entry.at());
    this.runs.doubt(user, ip, unseen);
    return unseen;
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
    this.runs.cameBack(pid);
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
    this.runs.over(connection, entry);
  }

  private shut(connection: Connection | undefined, entry: EntryReader): void {
    if (!connection || connection.isShut) return;
    connection.isShut = true;
    this.runs.over(connection, entry);
    if (connection.end === null) return;
    // Its last word was said, and how it ended is known.
    this.runs.settleOf(connection);
  }
}
