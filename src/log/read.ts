import { EntryReader } from './entry.ts';
import { Fold, type LineCounts } from './fold.ts';
import { Lines } from './lines.ts';
import { hasYear, YearScan } from './local-time.ts';
import type { LoginRecord, Session } from './session.ts';

export interface ReadOptions {
  /** Of the last line, for stamps without one. */
  year?: number;
  /** IANA name, for stamps without one. */
  timezone?: string;
  /** How many transfers and changes a session lists at most. */
  detail?: number;
}

export interface LogReading {
  sessions: Session[];
  logins: LoginRecord[];
  lines: LineCounts;
}

export const DEFAULT_DETAIL = 50_000;

/** A whole log in memory -> what it tells. */
export function readLog(bytes: Uint8Array, options: ReadOptions = {}): LogReading {
  const { year = new Date().getUTCFullYear(), timezone = 'UTC', detail = DEFAULT_DETAIL } = options;
  const log = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sessions: Session[] = [];
  const logins: LoginRecord[] = [];
  const fold = new Fold(detail, {
    onSession: (session) => void sessions.push(session),
    onLogin: (login) => void logins.push(login),
  });
  const scan = new YearScan();
  if (hasYear(log) === false) scan.read(log);
  const entry = new EntryReader({ timezone, firstYear: year - scan.years });
  const lines = new Lines();
  const drain = () => {
    while (lines.advance()) {
      entry.isTorn = lines.isTorn;
      if (entry.parse(lines.bytes, lines.start, lines.end)) fold.read(entry);
      else fold.lines.unknown++;
    }
  };
  lines.push(log);
  drain();
  if (lines.finish()) drain();
  fold.end();
  return { sessions, logins, lines: fold.lines };
}
