import { describe, expect, it } from 'vitest';
import { jsonLine } from '../../src/ui/json-line.ts';
import { frame } from '../../src/ui/screen.ts';
import { cut, visible } from '../../src/ui/visible.ts';
import { age, type ShownSession, size, whoTable } from '../../src/ui/who-table.ts';

const ACME: ShownSession = {
  ...{ user: 'acme', ip: '192.0.2.7', port: 50_022, pid: 283, since: '2026-01-02T03:04:05Z', idleSeconds: 0 },
  files: [
    { path: '/data/a', direction: 'upload', position: 2_350_080, size: null, bytesPerSecond: 1_048_576 },
    { path: '/data/b\u001b[2J', direction: 'download', position: 30, size: 120, bytesPerSecond: null, deleted: true },
  ],
  bytesPerSecond: 1_048_576,
};
const IDLE: ShownSession = {
  ...{ user: 'umbrella', ip: '2001:db8::1', port: 9, pid: 7, since: '2026-01-01T00:00:00Z', idleSeconds: 11_100 },
  ...{ idleAtLeast: true, files: [], bytesPerSecond: 0 },
};

it('a row for each file, and one for a session that moves nothing', () => {
  expect(whoTable([ACME, IDLE])).toEqual([
    'USER      FROM             PID  SINCE (UTC)          IDLE    SPEED      DOES      AT           FILE',
    'acme      192.0.2.7:50022  283  2026-01-02 03:04:05  0s      1.05 MB/s  upload    2.35 MB      /data/a',
    '                                                             ?          download  30 B (25 %)  (deleted) /data/b\\x1b[2J',
    'umbrella  [2001:db8::1]:9  7    2026-01-01 00:00:00  >3h05m  0 B/s      -',
  ]);
  expect(whoTable([])).toEqual(['No sessions.']);
});

it.each([
  [0, '0s'],
  [59, '59s'],
  [60, '1m'],
  [3599, '59m'],
  [3600, '1h00m'],
  [187_200, '2d04h'],
])('%i seconds are %s', (seconds, text) => expect(age(seconds)).toBe(text));

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [9994, '9.99 kB'],
  [99_949, '99.9 kB'],
  [999_499, '999 kB'],
  [999_500, '1.00 MB'],
  [5e15, '5.00 PB'],
])('%d bytes are %s', (bytes, text) => expect(size(bytes)).toBe(text));

describe('what a customer chose', () => {
  it.each([
    ['plain Ünïcode 文 🦊', 'plain Ünïcode 文 🦊'],
    ['\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
    ['a\u009b2Jb\u007f', 'a\\x9b2Jb\\x7f'],
    ['txt\u202eexe', 'txt\\u202eexe'],
    ['\\x1b', '\\\\x1b'],
  ])('%j is shown as %s', (text, shown) => expect(visible(text)).toBe(shown));

  it('stays itself in JSON, and does nothing to a terminal there either', () => {
    const text = 'a\u009b\u007f\u0000\u2028"\\é';
    expect(JSON.parse(jsonLine({ text }))).toEqual({ text });
    expect(jsonLine({ text })).toBe('{"text":"a\\u009b\\u007f\\u0000\\u2028\\"\\\\é"}');
  });
});

it.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdef', 5, 'abcd…'],
  ['文文文', 6, '文文文'],
  ['文文文', 5, '文文…'],
  ['文文文', 4, '文…'],
  ['e\u0301e\u0301', 2, 'e\u0301e\u0301'],
])('%s in %i columns is %s', (line, columns, shown) => expect(cut(line, columns)).toBe(shown));

it('a terminal is never scrolled: what does not fit is counted', () => {
  const drawn = frame(['one', 'two', 'three', 'four'], 4, 4);
  expect(drawn).toBe('\u001b[Hone\u001b[K\ntwo\u001b[K\n… 2…\u001b[K\n\u001b[J');
  expect(frame(['one', 'two'], 4, 3)).toBe('\u001b[Hone\u001b[K\ntwo\u001b[K\n\u001b[J');
});
