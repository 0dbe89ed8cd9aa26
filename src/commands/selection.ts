import type { SessionHead } from '../log/session.ts';

/** Which sessions of which logs are asked for. */
export interface Selection {
  /** As named on the command line; none means standard input if it is piped, else the configured logs. */
  files: readonly string[];
  /** Epoch milliseconds: what overlaps the time between is told. */
  since?: number | null;
  until?: number | null;
  user?: string | undefined;
}

export const concerns = (session: SessionHead, selection: Selection): boolean =>
  (selection.user === undefined || session.user === selection.user) &&
  isWithin(session.opened, session.closed, selection);

/** What has no beginning began before, and what has no end goes on. */
export function isWithin(from: string | null, to: string | null, { since = null, until = null }: Selection): boolean {
  return (
    (until === null || from === null || Date.parse(from) < until) &&
    (since === null || to === null || Date.parse(to) >= since)
  );
}
