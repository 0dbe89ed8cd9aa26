import type { Ledger } from '../../src/ledger/open.ts';
import type { Session } from '../../src/log/session.ts';

/** What counts of a session, as a line. */
type Line = string;

/** All that counts in a ledger, by the tables and not by the code that fills them. */
export async function inLedger({ db }: Ledger): Promise<Line[]> {
  const sessions = await db
    .selectFrom('sessions')
    .innerJoin('hosts', 'hosts.id', 'sessions.host_id')
    .select(['sessions.id as id', 'name', 'session_key', 'user_name', 'ended', 'opened_at', 'closed_at'])
    .select(['uploads', 'downloads', 'bytes_in', 'bytes_out', 'removed', 'failed', 'exact'])
    .where('superseded', '=', 0)
    .execute();
  const transfers = await db
    .selectFrom('transfers')
    .select(['session_id', 'n', 'direction', 'status', 'path', 'bytes_read', 'bytes_written', 'exact', 'closed_at'])
    .where('superseded', '=', 0)
    .orderBy('session_id')
    .orderBy('n')
    .execute();
  const changes = await db
    .selectFrom('changes')
    .select(['session_id', 'n', 'action', 'status', 'path', 'target', 'at'])
    .where('superseded', '=', 0)
    .orderBy('session_id')
    .orderBy('n')
    .execute();
  const lines = new Map<number, unknown[]>(sessions.map(({ id, ...row }) => [id, Object.values(row)]));
  for (const { session_id, ...row } of [...transfers, ...changes]) lines.get(session_id)?.push(Object.values(row));
  return [...lines.values()].map((line) => JSON.stringify(line)).sort();
}

/** The same of sessions as they were read. */
export const ofSessions = (sessions: readonly Session[]): Line[] =>
  sessions
    .map((session) => {
      const { totals } = session;
      return JSON.stringify([
        ...[session.host, session.id, session.user, session.end, micros(session.opened), micros(session.closed)],
        ...[totals.uploads, totals.downloads, totals.bytesIn, totals.bytesOut, totals.removed, totals.failed],
        totals.exact ? 1 : 0,
        ...session.transfers.map(({ n, direction, status, path, bytesRead, bytesWritten, exact, closed }) => [
          n,
          direction,
          status,
          path,
          bytesRead,
          bytesWritten,
          exact ? 1 : 0,
          micros(closed),
        ]),
        ...session.changes.map(({ n, action, status, path, target, at }) => [
          ...[n, action, status, path, target ?? null, micros(at)],
        ]),
      ]);
    })
    .sort();

/** Every stamp of these logs has six digits. */
const micros = (stamp: string | null): number | null =>
  stamp === null ? null : Date.parse(`${stamp.slice(0, 19)}Z`) * 1000 + Number(stamp.slice(20, 26));
