import type { OperationAction } from './operation.ts';

/** One thing that happened to a file, or was tried. Paths are those of the host, times UTC as they were logged. */
export interface HistoryEvent {
  /** The beginning of it; null where the log does not tell. */
  at: string | null;
  /** The end of a transfer, where it is known. */
  closed?: string;
  host: string;
  user: string | null;
  ip: string | null;
  port: number | null;
  /** The id of the session. */
  session: string;
  action: OperationAction;
  status: 'completed' | 'partial' | 'failed' | 'unknown';
  path: string;
  /** The new name of a rename or hard link, the new file of a copy; what a symlink says. */
  target?: string;
  /** Null where they are not known. */
  bytes?: number | null;
  error?: string;
  /** It is not certain that this happened, or that it happened to this file. */
  possible?: true;
  note?: string;
}

/** Whose operation it was. */
export type Doer = Pick<HistoryEvent, 'host' | 'user' | 'ip' | 'port' | 'session'>;
