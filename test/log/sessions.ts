import type { Session, SessionChange, Transfer } from '../../src/log/session.ts';

type Part = Partial<Transfer> | Partial<SessionChange>;

/** A time of 2026-11-21, in seconds after 10:00. */
export const at = (seconds: number): string =>
  `${new Date(Date.UTC(2026, 10, 21, 10, 0, 0) + Math.round(seconds * 1000)).toISOString()}`;

const transfer = (
  direction: Transfer['direction'],
  seconds: number,
  path: string,
  more: Partial<Transfer> = {},
): Partial<Transfer> => ({
  ...{ direction, path, bytesRead: 0, bytesWritten: 0, status: 'completed', exact: true },
  ...{ opened: at(seconds), closed: at(seconds) },
  ...more,
});

const change =
  (action: SessionChange['action']) =>
  (seconds: number, path: string, ...rest: [string?, Partial<SessionChange>?]): Partial<SessionChange> => {
    const [target, more] = rest;
    return { action, at: at(seconds), path, status: 'completed', ...(target !== undefined && { target }), ...more };
  };

export const upload = (seconds: number, path: string, more: Partial<Transfer> = {}) =>
  transfer('upload', seconds, path, { bytesWritten: 7, ...more });
export const download = (seconds: number, path: string, more: Partial<Transfer> = {}) =>
  transfer('download', seconds, path, { bytesRead: 7, ...more });
export const rename = change('rename');
export const hardlink = change('hardlink');
export const symlink = change('symlink');
export const remove = change('remove');
export const mkdir = change('mkdir');
export const rmdir = change('rmdir');
export const set = change('set');

/** A session of these parts, ranked as they stand. */
export function session(user: string | null, ...parts: Part[]): Session {
  const ranked = parts.map((part, index) => ({ n: index + 1, ...part }));
  return {
    v: 1,
    id: `${user}-${parts.length}-${JSON.stringify(parts[0] ?? null).length}`,
    host: 'files',
    user,
    client: { ip: user === 'boss' ? '192.0.2.7' : '198.51.100.4', port: 50_000 },
    login: null,
    opened: at(0),
    closed: at(1000),
    end: 'closed',
    transfers: ranked.filter((part) => 'direction' in part) as Transfer[],
    changes: ranked.filter((part) => 'action' in part) as SessionChange[],
    totals: {
      ...{ uploads: 0, downloads: 0, bytesIn: 0, bytesOut: 0, bytesCopied: 0, removed: 0, failed: 0, exact: true },
    },
  };
}
