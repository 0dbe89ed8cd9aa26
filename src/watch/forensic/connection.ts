import type { Strand } from './strand.ts';

/** One connection to sshd, as its own lines tell of it. */
export interface Connection {
  ip: string;
  port: number;
  /** Address and port of this host, with a colon between. */
  server: string;
  /** Microseconds since 1970. */
  began: number;
  /** The process that sshd made for it, which stays root. */
  monitor: number;
  /** The one that is the user's, once somebody was let in. */
  child: number | null;
  /** Its strands. */
  strands: Set<Strand>;
  /** Lines of strands that are gone. */
  lost: number;
  /** What went over the wire, encrypted; sshd says so only where the client took no leave. */
  raw: { in: number; out: number } | null;
  /** Its user's process has said its last word. */
  isOver: boolean;
  /** So has its monitor. */
  isShut: boolean;
}

/** What a connection takes, in bytes of V8's heap. */
export const CONNECTION = 900;

/** What a line of sshd tells of processes and connections. */
export type Told =
  | { what: 'connection'; ip: string; port: number; server: string }
  | { what: 'child'; pid: number }
  | { what: 'server'; pid: number }
  | { what: 'session'; ip: string; port: number }
  | { what: 'raw'; in: number; out: number }
  | { what: 'over' }
  | { what: 'shut' };

const SHUT = /^(?:debug1: do_cleanup|pam_\w+\(sshd:session\): session closed for user \S+)$/;
const OVER =
  /^(?:Received disconnect from|Disconnected from user|Connection (?:closed|reset) by|Timeout, client not responding|fatal: )/;
const RELAYED = ' [preauth]';

/** No name that somebody chose stands before what is looked for. @returns null for all that tells nothing of the kind */
export function toldBy(text: string): Told | null {
  if (text.endsWith(RELAYED)) return null;
  if (text.startsWith('debug1: ')) {
    const [, pid] = /^debug1: session_by_pid: pid (\d{1,9})$/.exec(text) ?? [];
    if (pid !== undefined) return { what: 'server', pid: Number(pid) };
    return SHUT.test(text) ? { what: 'shut' } : null;
  }
  const [, ip, port, server, own] =
    /^Connection from (\S+) port (\d{1,5}) on (\S+) port (\d{1,5})(?: |$)/.exec(text) ?? [];
  if (ip !== undefined && server !== undefined)
    return { what: 'connection', ip, port: Number(port), server: `${server}:${own}` };
  const [, child] = /^User child is on pid (\d{1,9})$/.exec(text) ?? [];
  if (child !== undefined) return { what: 'child', pid: Number(child) };
  const [, from, at] = /^Starting session: .* from (\S+) port (\d{1,5}) id \d+$/.exec(text) ?? [];
  if (from !== undefined) return { what: 'session', ip: from, port: Number(at) };
  const [, sent, received] = /^Transferred: sent (\d{1,15}), received (\d{1,15}) bytes$/.exec(text) ?? [];
  if (sent !== undefined) return { what: 'raw', in: Number(received), out: Number(sent) };
  if (SHUT.test(text)) return { what: 'shut' };
  return OVER.test(text) ? { what: 'over' } : null;
}
