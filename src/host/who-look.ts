import { readdirSync, readlinkSync } from 'node:fs';
import type { Config } from '../config.ts';
import { isErrno, refused } from '../errors.ts';
import type { Host } from './host.ts';
import { accountsOf } from './look.ts';
import { openFiles } from './open-files.ts';
import { countersOf, startTicks, whenStarted } from './process-clock.ts';
import { namespaceOf, ofProcess, processes, type Running } from './processes.ts';
import { readRegister } from './register.ts';
import { isSshd } from './sessions.ts';
import { type TcpPeer, tcpPeers } from './tcp.ts';
import type { SeenSession } from './who.ts';

/**
 * The sessions of our accounts that are open now; changes nothing. Whoever leaves meanwhile is left out.
 *
 * @throws OperatorError `refused` where root may not look into processes, as in most containers
 */
export function lookAtSessions(host: Host, config: Config, now: Date): SeenSession[] {
  const names = new Map(accountsOf(config, readRegister(host)).map(({ uid, name }) => [uid, name]));
  try {
    const here = namespaceOf('self');
    const own = processes().filter(
      (running) => isSshd(running) && names.has(running.uid) && namespaceOf(running.pid) === here,
    );
    const peerOf = openPeers();
    return serving(own).flatMap(([running, connection]) => {
      const seen = lookAt(running, now);
      if (seen === null) return [];
      const { socket, peer } = peerOf(connection.pid);
      return { user: names.get(running.uid) ?? '', ...seen, socket, peer };
    });
  } catch (error) {
    if (!isErrno(error, 'EACCES') && !isErrno(error, 'EPERM')) throw error;
    throw refused(
      `the kernel does not let root look into other processes here (${error instanceof Error ? error.message : ''})`,
      'run it outside the container, or start the container with --cap-add SYS_PTRACE',
    );
  }
}

/**
 * Which process serves each session, and which one holds its connection: sshd's child for the connection, running as the
 * customer, and internal-sftp as a child of that, one for each session on it. A connection without any is listed too, and
 * so is an internal-sftp whose parent was killed.
 */
export function serving(own: readonly Running[]): [Running, Running][] {
  const byPid = new Map(own.map((running) => [running.pid, running]));
  const pairs = own.map((running): [Running, Running] => {
    const parent = byPid.get(running.parent);
    return [running, parent?.uid === running.uid ? parent : running];
  });
  const parents = new Set(pairs.flatMap(([running, connection]) => (running === connection ? [] : [connection.pid])));
  return pairs.filter(([running]) => !parents.has(running.pid));
}

function lookAt({ pid }: Running, now: Date): Omit<SeenSession, 'user' | 'socket' | 'peer'> | null {
  const started = startTicks(pid);
  const counters = countersOf(pid);
  const files = openFiles(pid);
  const at = performance.now();
  // Whoever took the pid in the meantime started later.
  if (started === null || startTicks(pid) !== started) return null;
  return { pid, started, since: whenStarted(started, now), at, counters, files };
}

/** Reads the socket tables of each network once in a look: they are long on a busy host. */
function openPeers(): (pid: number) => { socket: number | null; peer: TcpPeer | null } {
  const tables = new Map<string, ReadonlyMap<number, TcpPeer>>();
  return (pid) => {
    const network = ofProcess(() => readlinkSync(`/proc/${pid}/ns/net`));
    if (network === null) return { socket: null, peer: null };
    const peers = tables.get(network) ?? tcpPeers(pid);
    tables.set(network, peers);
    const socket = socketsOf(pid).find((inode) => peers.has(inode));
    return socket === undefined ? { socket: null, peer: null } : { socket, peer: peers.get(socket) ?? null };
  };
}

/** The inodes of a process's sockets, by descriptor: the connection comes before anything that was forwarded later. */
function socketsOf(pid: number): number[] {
  const descriptors = ofProcess(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  return descriptors
    .sort((one, other) => Number(one) - Number(other))
    .flatMap((descriptor) => {
      const target = ofProcess(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`, { encoding: 'buffer' }));
      const inode = /^socket:\[(\d+)\]$/.exec(target?.toString('latin1') ?? '')?.[1];
      return inode === undefined ? [] : [Number(inode)];
    });
}
