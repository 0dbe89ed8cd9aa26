import type { OpenFile } from './open-files.ts';
import type { Counters } from './process-clock.ts';
import type { TcpPeer } from './tcp.ts';

/** A session as one look finds it. */
export interface SeenSession {
  user: string;
  /** internal-sftp's, as in the log; of a connection without a session, that of sshd's child for it. */
  pid: number;
  /** Ticks since the boot. */
  started: number;
  /** Milliseconds since 1970. */
  since: number;
  /** When it was looked at: milliseconds on a clock that nobody sets. */
  at: number;
  counters: Counters | null;
  files: readonly OpenFile[];
  /** The inode of the connection's socket. */
  socket: number | null;
  peer: TcpPeer | null;
}

/** The same, and since when every look has found it as it is. */
export interface WatchedSession extends SeenSession {
  /** The last change was seen then, or it was first seen: on the clock of `at`. */
  stillFrom: number;
}

export interface MovedFile {
  path: string | null;
  /** Nothing leads to it by this path any more. */
  deleted?: true;
  direction: OpenFile['direction'];
  position: number;
  /** Null for an upload: its client does not say how much will come. */
  size: number | null;
  /** How far the position went; null for a handle that was not there in the look before, or that went back. */
  bytesPerSecond: number | null;
}

/** A session that is open now, as `who --json` prints it. */
export interface OpenSession {
  user: string;
  ip: string | null;
  port: number | null;
  pid: number;
  since: string;
  /**
   * Whole seconds in which nothing was moved: neither by internal-sftp while somebody looked, nor before that on its
   * connection. A client that keeps its connection alive is never idle for longer than it is silent.
   */
  idleSeconds: number;
  /** Nothing is known of the time before the first look. */
  idleAtLeast?: true;
  files: MovedFile[];
  /** Null for a session that was not there in the look before. */
  bytesPerSecond: number | null;
}

const isSame = (one: SeenSession, other: SeenSession): boolean =>
  one.pid === other.pid && one.started === other.started;

/** Carries over from look to look how long a session has been still. */
export function watched(before: readonly WatchedSession[], seen: readonly SeenSession[]): WatchedSession[] {
  const earlier = new Map(before.map((session) => [session.pid, session]));
  return seen.map((session) => {
    const was = earlier.get(session.pid);
    const isStill = was !== undefined && isSame(was, session) && isUnmoved(was, session);
    return { ...session, stillFrom: isStill ? was.stillFrom : session.at };
  });
}

function isUnmoved(was: SeenSession, now: SeenSession): boolean {
  const total = ({ counters, files }: SeenSession) =>
    JSON.stringify([counters, files.map(({ handle, position }) => [handle, position])]);
  return total(was) === total(now);
}

/**
 * What two looks tell, sorted by user and then by age.
 *
 * @param silent seconds for which nothing has come or gone, by the inodes of sockets
 */
export function openSessions(
  before: readonly WatchedSession[],
  after: readonly WatchedSession[],
  silent: ReadonlyMap<number, number>,
): OpenSession[] {
  const earlier = new Map(before.map((session) => [session.pid, session]));
  return [...after].sort(byUserAndAge).map((now) => {
    const known = earlier.get(now.pid);
    const was = known && isSame(known, now) ? known : null;
    const files = now.files.map((file) => movedFile(file, was, now));
    return {
      user: now.user,
      ip: now.peer?.ip ?? null,
      port: now.peer?.port ?? null,
      pid: now.pid,
      since: `${new Date(now.since).toISOString().slice(0, 19)}Z`,
      ...idleOf(now, silent),
      files,
      bytesPerSecond: was === null ? null : speedOf(was, now, files),
    };
  });
}

const byUserAndAge = (one: SeenSession, other: SeenSession): number =>
  one.user === other.user ? one.started - other.started || one.pid - other.pid : one.user < other.user ? -1 : 1;

/** Both are lower bounds of the same, so the higher one is nearer the truth. */
function idleOf(
  { at, stillFrom, socket }: WatchedSession,
  silent: ReadonlyMap<number, number>,
): Pick<OpenSession, 'idleSeconds' | 'idleAtLeast'> {
  const looked = (at - stillFrom) / 1000;
  if (looked === 0) return { idleSeconds: 0 };
  const known = socket === null ? undefined : silent.get(socket);
  const idleSeconds = Math.floor(Math.max(looked, known ?? 0));
  return known === undefined ? { idleSeconds, idleAtLeast: true } : { idleSeconds };
}

function movedFile(
  { handle, path, deleted, direction, position, size }: OpenFile,
  was: SeenSession | null,
  { at }: SeenSession,
): MovedFile {
  const from = was?.files.find((file) => file.handle === handle);
  const speed = was && from && position >= from.position ? perSecond(position - from.position, at - was.at) : null;
  return {
    path,
    ...(deleted ? { deleted: true as const } : {}),
    direction,
    position,
    size: direction === 'upload' ? null : size,
    bytesPerSecond: speed,
  };
}

/**
 * internal-sftp reads every byte that it moves and writes it: from the connection to a file or the other way. So the
 * smaller of the two is what it moved, many small files included that no two looks ever see.
 */
function speedOf(was: SeenSession, now: SeenSession, files: readonly MovedFile[]): number {
  if (was.counters === null || now.counters === null)
    return files.reduce((sum, { bytesPerSecond }) => sum + (bytesPerSecond ?? 0), 0);
  const moved = Math.min(now.counters.read - was.counters.read, now.counters.written - was.counters.written);
  return perSecond(moved, now.at - was.at);
}

const perSecond = (bytes: number, milliseconds: number): number =>
  milliseconds > 0 ? Math.round((bytes * 1000) / milliseconds) : 0;
