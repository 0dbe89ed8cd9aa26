import { describe, expect, test } from 'vitest';
import { asLogged, bytesOf, escaped, unescaped } from './model/escape.ts';
import type { Request } from './model/requests.ts';
import { type ServerSettings, SftpServer } from './model/server.ts';

describe('how a name is escaped', () => {
  test.each([
    ['é', '\\303\\251'],
    ['\x1b', '\\033'],
    ['\x7f', '\\177'],
    ['back\\slash', 'back\\\\slash'],
    ['back\\nslash-n', 'back\\\\nslash-n'],
    ['nl\nFeb  1', 'nl\\nFeb  1'],
    ['\r\t\b\x07\v\f', '\\r\\t\\b\\a\\v\\f'],
    [`quote"name' %s #`, `quote"name' %s #`],
    ['日本', '\\346\\227\\245\\346\\234\\254'],
  ])('%j: %s', (name, text) => {
    expect(escaped(bytesOf(name))).toBe(text);
    expect(unescaped(text)).toBe(bytesOf(name));
  });

  test('a name of 460 to 470 is intact, one of 480 is cut at 500', () => {
    expect(asLogged(`open "${'Q'.repeat(460)}" flags READ mode 0666`)).toHaveLength(488);
    expect(asLogged(`open "${'Q'.repeat(480)}" flags READ mode 0666`)).toBe(`open "${'Q'.repeat(480)}" flags READ m`);
  });

  test('the cut can be in the middle of an escape', () => {
    expect(asLogged(`remove name "/data/${bytesOf('é'.repeat(120))}"`)).toMatch(/\\303\\251\\$/);
    expect(unescaped('a\\303\\25')).toBe('a\xc3');
    expect(unescaped('a\\\\25')).toBe('a\\25');
  });
});

const settings: ServerSettings = { user: 'u', ip: '127.0.0.1', pid: 365, level: 'VERBOSE', version: '9.2' };

function printed(requests: Request[], change: Partial<ServerSettings> = {}): string[] {
  const server = new SftpServer({ ...settings, ...change }, () => 0);
  const before = server.lines.length;
  for (const request of requests) server.answer(request);
  server.end('orderly');
  return server.lines.slice(before).map(({ message }) => message);
}

const CLOSED = 'session closed for local user u from [127.0.0.1]';
const A = '/data/a.txt';

/** Each is a run of lines that OpenSSH 9.2 printed for these requests. */
describe('a server prints what OpenSSH 9.2 printed', () => {
  const write: Request[] = [
    { kind: 'open', path: A, flags: ['WRITE', 'CREATE', 'TRUNCATE'], mode: 0o644 },
    { kind: 'write', handle: 0, bytes: 5 },
    { kind: 'close', handle: 0 },
  ];
  const attributes = { size: 2, mode: 0o640, modtime: 2, owner: { uid: 0, gid: 0 } };
  const refused = { attributes: ['owner' as const], status: 'Permission denied' as const };

  test('an upload, at every level', () => {
    const open = `open "${A}" flags WRITE,CREATE,TRUNCATE mode 0644`;
    const close = `close "${A}" bytes read 0 written 5`;
    expect(printed(write)).toEqual([open, close, CLOSED]);
    expect(printed(write, { level: 'DEBUG1' })).toEqual([
      open,
      'debug1: request 1: sent handle handle 0',
      `debug1: request 2: write "${A}" (handle 0) off 0 len 5`,
      'sent status Success',
      close,
      'sent status Success',
      'debug1: read eof',
      CLOSED,
    ]);
  });

  test('attributes in their order, and one status for all', () => {
    expect(printed([{ kind: 'setstat', path: A, attributes: { ...attributes, refused } }])).toEqual([
      `set "${A}" size 2`,
      `set "${A}" mode 0640`,
      `set "${A}" modtime 19700101-00:00:02`,
      `set "${A}" owner 0 group 0`,
      'sent status Permission denied',
      CLOSED,
    ]);
    expect(printed([{ kind: 'lsetstat', path: A, attributes }])).toEqual(['sent status Bad message', CLOSED]);
    expect(printed([{ kind: 'setstat', path: A, attributes: { modtime: 1700000000 } }])[0]).toBe(
      `set "${A}" modtime 20231114-22:13:20`,
    );
  });

  test('what has no line of its own', () => {
    const silent: Request[] = [
      { kind: 'write', handle: 7, bytes: 1 },
      { kind: 'fstat', handle: 7 },
      { kind: 'copy-data', from: 7, to: 8, bytes: 1 },
      { kind: 'home-directory', name: 'u' },
    ];
    expect(printed(silent)).toEqual([...silent.map(() => 'sent status Failure'), CLOSED]);
    const stat: Request = { kind: 'stat', path: '/data/nope', fails: 'No such file' };
    expect(printed([stat])).toEqual(['stat name "/data/nope"', 'sent status No such file', CLOSED]);
    expect(printed([stat], { level: 'INFO' })).toEqual(['sent status No such file', CLOSED]);
    expect(printed([{ kind: 'close', handle: 7 }])).toEqual(['closedir "(null)"', 'sent status No such file', CLOSED]);
  });

  test('a read of a folder', () => {
    expect(
      printed([
        { kind: 'open', path: '/data/d', flags: ['READ'] },
        { kind: 'read', handle: 0, bytes: 9, errno: 'Is a directory' },
      ]),
    ).toEqual([
      'open "/data/d" flags READ mode 0666',
      'error: process_read: read "/data/d": Is a directory',
      'sent status Failure',
      'forced close "/data/d" bytes read 0 written 0',
      CLOSED,
    ]);
  });

  test('a copy on the server', () => {
    expect(
      printed(
        [
          { kind: 'open', path: '/data/c.txt', flags: ['READ'] },
          { kind: 'open', path: '/data/copy', flags: ['WRITE', 'CREATE', 'TRUNCATE'], mode: 0o644 },
          { kind: 'copy-data', from: 0, to: 1, bytes: 4 },
          { kind: 'close', handle: 0 },
          { kind: 'close', handle: 1 },
        ],
        { level: 'DEBUG1' },
      ),
    ).toEqual([
      'open "/data/c.txt" flags READ mode 0666',
      'debug1: request 1: sent handle handle 0',
      'open "/data/copy" flags WRITE,CREATE,TRUNCATE mode 0644',
      'debug1: request 2: sent handle handle 1',
      'debug1: request 3: copy-data from "/data/c.txt" (handle 0) off 0 len 4 to "/data/copy" (handle 1) off 0',
      'sent status Success',
      'close "/data/c.txt" bytes read 4 written 0',
      'sent status Success',
      'close "/data/copy" bytes read 0 written 4',
      'sent status Success',
      'debug1: read eof',
      CLOSED,
    ]);
  });

  test('refusals of -R and -P', () => {
    expect(printed([{ kind: 'remove', path: A }], { readOnly: true })).toEqual([
      'Refusing remove request in read-only mode',
      'sent status Permission denied',
      CLOSED,
    ]);
    expect(printed([{ kind: 'symlink', from: A, to: A }], { denied: ['symlink'], level: 'INFO' })).toEqual([
      'sent status Permission denied',
      CLOSED,
    ]);
  });
});
