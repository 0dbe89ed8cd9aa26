import type { Run } from './run.ts';
import type { Login } from './session.ts';

/** How a connection came to its end, by what sshd said. */
export type ConnectionEnd = 'orderly' | 'lost' | 'timeout' | 'killed';

/** One connection that was let in: what its monitor and its user's process tell of it. */
export interface Connection {
  user: string;
  ip: string;
  /** 0 where the log does not tell. */
  port: number;
  login: Login | null;
  /** Seconds since 1970 of the first line. */
  since: number;
  /** Its processes: the monitor and the user's. */
  pids: number[];
  /** What sshd said first of its end. */
  end: ConnectionEnd | null;
  /** When its end was seen, seconds since 1970, and as it was logged. */
  endSecond: number;
  endAt: string | null;
  /** When sshd closed a channel of it for inactivity; -Infinity if it did not. */
  inactiveSecond: number;
  /** PAM closed it: sshd has nothing more to say. */
  isShut: boolean;
  /** Sessions were started (LogLevel VERBOSE tells), and closed. */
  started: number;
  finished: number;
  /** Runs of sftp-server that are, or may be, of this connection. */
  runs: Run[];
  /** Why no session came of it. */
  reason: string | null;
  at: string;
}

/** A session that sshd started and whose sftp-server has not yet said who it is. */
interface Start {
  connection: Connection;
  id: string;
}

/** The starts of one user from one address: which sftp-server belongs to which can be told only one at a time. */
interface Queue {
  starts: Start[];
  /** sftp-servers that came while these starts were waiting. */
  came: number;
}

const key = (user: string, ip: string): string => `${user} ${ip}`;

/** The connections of one host, by what later lines name them with. */
export class Connections {
  private readonly byPort = new Map<string, Connection>();
  private readonly byPid = new Map<number, Connection>();
  private readonly byUser = new Map<string, Connection[]>();
  private readonly queues = new Map<string, Queue>();

  /** The connection with this port, or a new one. An address and a port come back once a connection is over. */
  at(user: string, ip: string, port: number, second: number, stamp: () => string): Connection {
    const name = `${ip} ${port}`;
    const known = this.byPort.get(name);
    if (known && known.user === user && (known.end === null || second - known.endSecond < 2)) return known;
    const connection = newConnection(user, ip, port, second, stamp());
    if (known) this.forget(known);
    this.byPort.set(name, connection);
    this.keep(connection);
    return connection;
  }

  private keep(connection: Connection): void {
    const name = key(connection.user, connection.ip);
    const others = this.byUser.get(name);
    if (others) others.push(connection);
    else this.byUser.set(name, [connection]);
  }

  byAddress(ip: string, port: number): Connection | undefined {
    return this.byPort.get(`${ip} ${port}`);
  }

  /** The one that is open from this address; sshd up to 7 names no port when a client takes leave. */
  onlyFrom(ip: string): Connection | undefined {
    const found = [...this.byPort.values()].filter((connection) => connection.ip === ip && connection.end === null);
    return found.length === 1 ? found[0] : undefined;
  }

  byProcess(pid: number): Connection | undefined {
    return this.byPid.get(pid);
  }

  bindProcess(pid: number, connection: Connection): void {
    this.byPid.set(pid, connection);
    connection.pids.push(pid);
  }

  all(): Iterable<Connection> {
    return new Set([...this.byPort.values(), ...this.byPid.values()]);
  }

  get isEmpty(): boolean {
    return this.byPort.size === 0 && this.byPid.size === 0;
  }

  /** sshd has started a session; the same line can be in two logs. */
  start(connection: Connection, id: string): void {
    const name = key(connection.user, connection.ip);
    const queue = this.queues.get(name) ?? { starts: [], came: 0 };
    if (queue.starts.some((start) => start.connection === connection && start.id === id)) return;
    queue.starts.push({ connection, id });
    this.queues.set(name, queue);
    connection.started++;
  }

  /** A start that nothing more can come of. Whether an sftp-server had come of it is not known if others waited too. */
  finish(connection: Connection, id: string | null): void {
    const name = key(connection.user, connection.ip);
    const queue = this.queues.get(name);
    if (!queue) return;
    const left = queue.starts.filter((start) => start.connection !== connection || (id !== null && start.id !== id));
    const gone = queue.starts.length - left.length;
    if (gone === 0) return;
    queue.starts = left;
    queue.came = Math.max(0, queue.came - gone);
    if (left.length === 0) this.queues.delete(name);
  }

  /**
   * An sftp-server of this user and address has said who it is: the connections it can belong to. sshd logs a start
   * before it forks and through the same socket, so one waiting start is certain; of several none is.
   */
  claim(user: string, ip: string, second: number): Connection[] {
    const name = key(user, ip);
    const queue = this.queues.get(name);
    if (queue) {
      const found = [...new Set(queue.starts.map(({ connection }) => connection)), ...this.unseenOf(user, second)];
      queue.came++;
      if (queue.came >= queue.starts.length) this.queues.delete(name);
      return found;
    }
    return [...this.openAt(user, ip, second), ...this.unseenOf(user, second)];
  }

  /**
   * A monitor speaks of a session whose login was logged before the log begins: sessions of its user can be its own.
   * Its address and port are not known.
   */
  unseen(user: string, pid: number, second: number, at: string): void {
    const connection = newConnection(user, '', 0, second, at);
    this.keep(connection);
    this.bindProcess(pid, connection);
  }

  /** Its address and port are known now. */
  identify(unseen: Connection, connection: Connection): void {
    for (const pid of unseen.pids) this.bindProcess(pid, connection);
    this.forget(unseen);
  }

  /** Those that are known of this user and address. */
  of(user: string, ip: string): readonly Connection[] {
    return this.byUser.get(key(user, ip)) ?? [];
  }

  private unseenOf(user: string, second: number): Connection[] {
    return this.openAt(user, '', second);
  }

  /** Without sshd's VERBOSE lines: whatever connection of theirs was open then, for one can have several sessions. */
  private openAt(user: string, ip: string, second: number): Connection[] {
    const found = this.byUser.get(key(user, ip)) ?? [];
    return found.filter(({ since, end, endSecond }) => since <= second && (end === null || endSecond >= second));
  }

  /** Nothing more is to be told of it. */
  forget(connection: Connection): void {
    const { user, ip, port } = connection;
    const others = this.byUser.get(key(user, ip));
    if (others) {
      const at = others.indexOf(connection);
      if (at >= 0) others.splice(at, 1);
      if (others.length === 0) this.byUser.delete(key(user, ip));
    }
    if (port !== 0 && this.byPort.get(`${ip} ${port}`) === connection) this.byPort.delete(`${ip} ${port}`);
    for (const pid of connection.pids) if (this.byPid.get(pid) === connection) this.byPid.delete(pid);
    this.finish(connection, null);
  }
}

export const newConnection = (user: string, ip: string, port: number, second: number, at: string): Connection => ({
  ...{ user, ip, port, login: null, since: second, pids: [], end: null, endSecond: 0, endAt: null },
  ...{ isShut: false, inactiveSecond: -Infinity, started: 0, finished: 0, runs: [], reason: null, at },
});

/** What is certain of the login, when a session can be of any of these. */
export function loginOf(connections: readonly Connection[]): { login: Login | null; port: number | null } {
  const [first] = connections;
  if (!first) return { login: null, port: null };
  if (connections.length === 1) return { login: first.login, port: first.port || null };
  const logins = connections.map(({ login }) => login);
  const shared = <Key extends keyof Login>(name: Key) =>
    logins.every((login) => login !== null && login[name] === logins[0]?.[name]) ? (logins[0]?.[name] ?? null) : null;
  const [method, keyType, fingerprint] = [shared('method'), shared('keyType'), shared('fingerprint')];
  const isCertain = logins.every((login) => JSON.stringify(login) === JSON.stringify(logins[0]));
  if (isCertain) return { login: logins[0] ?? null, port: null };
  return { login: { method, keyType, fingerprint, ambiguous: true }, port: null } as {
    login: Login;
    port: null;
  };
}
