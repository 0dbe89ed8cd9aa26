import type { LogPosition } from './growing-log.ts';

/**
 * How far logs were read and told, as JSON: to be kept together with what came of it, all or nothing. The reading goes on
 * at the first line of whatever had not been told yet; what comes out a second time has the same id.
 */
export interface Position {
  v: 1;
  host: string;
  /** Seconds since 1970 of the line that `from` is before; null while no line was read. */
  second: number | null;
  /** Grows; what was told at a lower mark cannot come again. */
  mark: number;
  logs: LogPosition[];
  /** Sessions without a beginning that had not been told. */
  orphans: string[];
}

/** Lines of a log that were gone before they could be read. */
export interface Gap {
  id: string;
  log: string;
  /** When the last line before and the first line after it were logged. */
  from: string;
  to: string;
}
