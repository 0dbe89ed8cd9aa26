import type { Session, SessionChange, Transfer } from '../../src/log/session.ts';

export const transfer = (given: Partial<Transfer> = {}): Transfer => ({
  ...{
    n: 1,
    direction: 'upload',
    path: '/data/a.txt',
    bytesRead: 0,
    bytesWritten: 1234,
    status: 'completed',
    exact: true,
  },
  ...{ opened: '2026-11-20T09:00:00.000001Z', closed: '2026-11-20T09:00:02.5Z' },
  ...given,
});

export const change = (given: Partial<SessionChange> = {}): SessionChange => ({
  ...{ n: 1, at: '2026-11-20T09:00:01Z', action: 'remove', path: '/data/b.txt', status: 'completed' },
  ...given,
});

export const session = (given: Partial<Session> = {}): Session => ({
  ...{ v: 1, id: '0123456789abcdef', host: 'sftp1', user: 'acme', client: { ip: '192.0.2.7', port: 50_000 } },
  login: { method: 'publickey', keyType: 'ED25519', fingerprint: 'SHA256:abc' },
  ...{ opened: '2026-11-20T08:59:59Z', closed: '2026-11-20T09:10:00Z', end: 'closed', transfers: [], changes: [] },
  totals: {
    ...{ uploads: 1, downloads: 2, bytesIn: 1234, bytesOut: 5_600_000, bytesCopied: 0, removed: 3, failed: 0 },
    exact: true,
  },
  ...given,
});
