import { describe, expect, it } from 'vitest';
import type { LoginRecord, Session } from '../../src/log/session.ts';
import { openLoginsTable } from '../../src/ui/logins-table.ts';
import { openSessionsTable } from '../../src/ui/sessions-table.ts';
import { widthOf } from '../../src/ui/visible.ts';
import { session } from './session.ts';

function shown(sessions: readonly Session[], width: number | null, gather = 1000): string[] {
  const table = openSessionsTable('Europe/Berlin', { width, gather });
  return [...sessions.flatMap((one) => table.add(one)), ...table.end()];
}

const long = session({
  ...{ user: 'a-very-long-name-of-a-customer', client: { ip: '2001:db8:1234:5678:9abc:def0:1234:5678', port: 1 } },
  end: 'unknown',
});

describe('the table of sessions', () => {
  it('is one line for each', () => {
    const unknown = { uploads: null, downloads: 0, bytesIn: null, bytesOut: 7, bytesCopied: 0, removed: 0, failed: 0 };
    const half = session({
      user: null,
      client: { ip: null, port: null },
      opened: null,
      end: 'open',
      totals: { ...unknown, exact: false },
    });
    expect(shown([session(), half], 80)).toEqual([
      'OPENED               USER  FROM       END     UP  DOWN  GONE      IN     OUT',
      '2026-11-20 09:59:59  acme  192.0.2.7  closed   1     2     3  1.2 kB  5.6 MB',
      '-                    -     -          open     -    ≥0    ≥0       -    ≥7 B',
    ]);
  });

  it('has a head where there is none', () => {
    expect(shown([], 80)).toEqual(['OPENED  USER  FROM  END  UP  DOWN  GONE  IN  OUT']);
  });

  it.each([72, 80, 100, 120])('fits a terminal of %i columns', (width) => {
    const lines = shown([long, session()], width);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
    expect(lines[1]).toContain('…');
    expect(lines[1]).toMatch(/1 {5}2 {5}3 {2}1\.2 kB {2}5\.6 MB$/);
  });

  it('loses its right end on a terminal that is too narrow for it', () => {
    const lines = shown([long, session()], 40);
    expect(lines.map(widthOf)).toEqual([40, 40, 40]);
    expect(lines[2]).toMatch(/^2026-11-20 09:5… .*…$/);
  });

  it('is not cut where nothing limits it', () => {
    expect(shown([long], null)[1]).toContain('a-very-long-name-of-a-customer  2001:db8:1234:5678:9abc:def0:1234:5678');
  });

  it('comes row by row where nothing is gathered, still in its columns', () => {
    const table = openSessionsTable('UTC', { width: 80, gather: 1 });
    expect(table.add(session())).toHaveLength(2);
    const [line = ''] = table.add(long);
    expect(line).toMatch(/^2026-11-20 08:59:59 {2}a-v… {2}2001:db8… {2}unkno… /);
    expect(widthOf(line)).toBeLessThanOrEqual(80);
    expect(table.end()).toEqual([]);
  });

  it('lets no name play with the terminal', () => {
    const [, line] = shown([session({ user: 'a\u001b]0;x\u0007\n\u202e' })], 200);
    expect(line).toContain('a\\x1b]0;x\\x07\\n\\u202e');
  });
});

describe('the table of logins', () => {
  const record: LoginRecord = {
    ...{ at: '2026-11-20T09:00:00Z', host: 'sftp1', user: 'acme', ip: '192.0.2.7', port: 50_000, outcome: 'refused' },
    ...{ method: 'publickey', keyType: 'ED25519', fingerprint: 'SHA256:abc', reason: 'Failed publickey\u001b[2J' },
  };
  const none = { user: null, ip: null, method: null, keyType: null, fingerprint: null, reason: null };

  it('says who, from where, with what and why', () => {
    const table = openLoginsTable('UTC', { width: 120 });
    expect([table.add(record), table.add({ ...record, ...none, outcome: 'unused' }), table.end()].flat()).toEqual([
      'AT                   USER  FROM       LOGIN    METHOD     KEY                 REASON',
      '2026-11-20 09:00:00  acme  192.0.2.7  refused  publickey  ED25519 SHA256:abc  Failed publickey\\x1b[2J',
      '2026-11-20 09:00:00  -     -          unused   -          -',
    ]);
  });

  it('fits a terminal of 80 columns', () => {
    const table = openLoginsTable('UTC', { width: 80 });
    const lines = [
      ...table.add({ ...record, fingerprint: `SHA256:${'x'.repeat(43)}`, reason: 'r'.repeat(99) }),
      ...table.end(),
    ];
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
  });
});
