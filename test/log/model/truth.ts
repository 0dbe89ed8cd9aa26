import type { Bytes } from './escape.ts';
import type { Flag, Refusal } from './requests.ts';

/** One line before it was written to a log. Two sources: the host's socket and the jail's. */
export interface Line {
  /** Microseconds since 1970. */
  at: number;
  source: 'host' | 'jail';
  tag: string;
  pid: number;
  /** As it reached syslog: escaped and cut. */
  message: string;
  /** It was longer than a line can be. */
  cut?: true;
}

/** One handle on a file, or the attempt to get one. Bytes over the wire and bytes copied on the server are apart. */
export interface TransferTruth {
  path: Bytes;
  flags: Flag[];
  refused: Refusal | null;
  sent: number;
  received: number;
  copiedFrom: number;
  copiedTo: number;
  /** Reads and writes that printed an error line. */
  errors: number;
  opened: Line;
  closed: Line | null;
  forced: boolean;
}

/** A line that tells of an attempt to change something, and what came of it. */
export interface ChangeTruth {
  action: 'remove' | 'rename' | 'mkdir' | 'rmdir' | 'symlink' | 'hardlink' | 'set' | 'refused';
  /** As in a SessionChange; empty for `refused`. */
  path: Bytes;
  target?: Bytes;
  /** Of a `set` line. */
  attribute?: { name: 'size' | 'mode' | 'modtime' | 'owner'; value: string };
  /** Of `refused`. */
  request?: string;
  /** What was answered to the whole request. */
  failed: Refusal | null;
  /** The request it belongs to: several `set` lines can share one. */
  serial: number;
  line: Line;
}

export type Level = 'INFO' | 'VERBOSE' | 'DEBUG1';

/** How a session really ends: by its client, by a signal, by sshd or by itself. */
export type Ending = 'quit' | 'drop' | 'timeout' | 'killed' | 'fatal' | 'terminated';

/** What really happened in one session, and every line that sshd and sftp-server printed of it, in order. */
export interface SessionTruth {
  user: string;
  ip: string;
  port: number;
  login: { method: string; keyType: string | null; fingerprint: string | null };
  level: Level;
  sshd: 'INFO' | 'VERBOSE' | 'none';
  version: '9.2' | '10.0';
  pid: number;
  ending: Ending;
  transfers: TransferTruth[];
  changes: ChangeTruth[];
  lines: Line[];
  /** The first and last lines of sftp-server, `session opened` and `session closed` (null where it never came). */
  begin: Line;
  end: Line | null;
}
