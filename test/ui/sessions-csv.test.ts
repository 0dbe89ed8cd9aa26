import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/log/session.ts';
import { CSV_HEADER, sessionCsv } from '../../src/ui/sessions-csv.ts';
import { change, session, transfer } from './session.ts';

/** RFC 4180, read by its own grammar. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end !== ',') rows.push([]);
  }
  return rows.slice(0, -1);
}

function rowsOf(...sessions: Session[]): Record<string, string>[] {
  const lines = [CSV_HEADER, ...sessions.flatMap(sessionCsv)];
  const [names = [], ...rows] = parseCsv(lines.map((line) => `${line}\n`).join(''));
  for (const cells of rows) expect(cells).toHaveLength(names.length);
  return rows.map((cells) => Object.fromEntries(cells.map((cell, index) => [names[index], cell])));
}

describe('CSV', () => {
  it('has a row for each transfer and change, in the order in which they came, with the columns of the session', () => {
    const rows = rowsOf(
      session({
        transfers: [transfer(), transfer({ n: 3, direction: 'download', copy: 'likely' })],
        changes: [change({ n: 2 })],
      }),
    );
    expect(rows.map(({ n, kind, action }) => [n, kind, action])).toEqual([
      ['1', 'transfer', 'upload'],
      ['2', 'change', 'remove'],
      ['3', 'transfer', 'download'],
    ]);
    expect(rows[0]).toEqual({
      ...{ session: '0123456789abcdef', host: 'sftp1', user: 'acme', ip: '192.0.2.7', port: '50000' },
      ...{ method: 'publickey', key_type: 'ED25519', fingerprint: 'SHA256:abc' },
      ...{ opened: '2026-11-20T08:59:59Z', closed: '2026-11-20T09:10:00Z', end: 'closed', omitted: '0' },
      ...{ n: '1', kind: 'transfer', action: 'upload', path: '/data/a.txt', path_cut: 'false', target: '', detail: '' },
      ...{ bytes_read: '0', bytes_written: '1234', status: 'completed', exact: 'true', copy: '', error: '' },
      ...{ action_opened: '2026-11-20T09:00:00.000001Z', action_closed: '2026-11-20T09:00:02.5Z' },
    });
    expect(rows[1]).toMatchObject({
      path: '/data/b.txt',
      bytes_read: '',
      bytes_written: '',
      exact: '',
      status: 'completed',
    });
    expect(rows[2]?.copy).toBe('likely');
  });

  it('has a row for a session in which nothing happened', () => {
    const [row] = rowsOf(
      session({ login: null, user: null, client: { ip: null, port: null }, closed: null, omitted: 7 }),
    );
    expect(row).toMatchObject({
      session: '0123456789abcdef',
      user: '',
      ip: '',
      method: '',
      closed: '',
      omitted: '7',
      kind: '',
      path: '',
    });
  });

  it('leaves empty what is not known', () => {
    const [row] = rowsOf(
      session({ transfers: [transfer({ bytesWritten: null, exact: false, status: 'unknown', pathCut: true })] }),
    );
    expect(row).toMatchObject({
      bytes_written: '',
      bytes_read: '0',
      exact: 'false',
      status: 'unknown',
      path_cut: 'true',
    });
  });

  it('tells what was set, what was refused, and what reads two ways', () => {
    const readings = [
      { path: '/g', target: '/h" new "/i' },
      { path: '/g" new "/h', target: '/i' },
    ];
    const rows = rowsOf(
      session({
        changes: [
          change({ action: 'set', set: { mode: '0644', size: 9 } }),
          change({
            n: 2,
            action: 'refused',
            path: null,
            request: 'symlink',
            status: 'failed',
            error: 'Permission denied',
          }),
          change({ n: 3, action: 'rename', path: null, readings }),
          change({ n: 4, action: 'rename', target: '/data/c,d' }),
        ],
      }),
    );
    expect(rows.map(({ detail }) => detail)).toEqual([
      'mode=0644 size=9',
      'symlink',
      '/g -> /h" new "/i or /g" new "/h -> /i',
      '',
    ]);
    expect(rows[1]).toMatchObject({ path: '', error: 'Permission denied' });
    expect(rows[3]?.target).toBe('/data/c,d');
  });

  it.each([
    ['/data/a,"b".txt', '/data/a,"b".txt'],
    [' a ', ' a '],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['＝1', "'＝1"],
    ["'=1", "''=1"],
    ['=cmd|"/C calc"!A0', '\'=cmd|"/C calc"!A0'],
    ['\t=1', '\\t=1'],
    ['\r\n=1', '\\r\\n=1'],
    ['a\nb', 'a\\nb'],
    ['\u001b[2J', '\\x1b[2J'],
    ['a\\b', 'a\\\\b'],
  ])('holds %j so that neither a spreadsheet nor a terminal acts on it', (path, cell) => {
    expect(rowsOf(session({ transfers: [transfer({ path })] }))[0]?.path).toBe(cell);
  });

  it('ends its rows with CR, LF being left to the printing', () => {
    for (const line of [CSV_HEADER, ...sessionCsv(session({ transfers: [transfer({ path: 'a\r\nb' })] }))])
      expect(line).toMatch(/^[^\r\n]*\r$/);
  });
});
