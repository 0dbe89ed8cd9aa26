import { describe, expect, test } from 'vitest';
import { EntryReader } from '../../src/log/entry.ts';

const CLOCK = { timezone: 'UTC', firstYear: 2026 };

/** What one line after the other says, null for what is no log line. */
function read(lines: readonly string[], clock = CLOCK) {
  const entry = new EntryReader(clock);
  return lines.map((line) => {
    const bytes = Buffer.from(line, 'latin1');
    if (!entry.parse(bytes, 0, bytes.length)) return null;
    const { host, program, pid } = entry;
    return { at: entry.at(), host, program, pid, text: entry.bytes.toString('latin1', entry.from, entry.to) };
  });
}

const one = (line: string, clock = CLOCK) => read([line], clock)[0];

const AT = '2026-11-20T17:16:16Z';
const LINE = { at: AT, host: 'h', program: 'sftp', pid: 7, text: 'remove name "/x"' };
const JOURNAL = {
  __REALTIME_TIMESTAMP: '1795194976000000',
  _HOSTNAME: 'h',
  SYSLOG_IDENTIFIER: 'internal-sftp',
  SYSLOG_PID: '7',
  MESSAGE: 'remove name "/x"',
};
const journal = (more: object = {}) => JSON.stringify({ ...JOURNAL, ...more });

describe('one line in four formats', () => {
  test.each([
    ['traditional', 'Nov 20 17:16:16 h internal-sftp[7]: remove name "/x"', AT],
    [
      'RFC 3339',
      '2026-11-20T17:16:16.627150+00:00 h internal-sftp[7]: remove name "/x"',
      '2026-11-20T17:16:16.627150Z',
    ],
    ['RFC 5424', '<38>1 2026-11-20T17:16:16Z h internal-sftp 7 - - remove name "/x"', AT],
    ['RFC 5424 of rsyslog', '<38>1 2026-11-20T17:16:16Z h internal-sftp 7 - -  remove name "/x"', AT],
    ['the journal', journal(), '2026-11-20T17:16:16.000000Z'],
  ])('%s', (_, line, at) => {
    expect(one(line)).toEqual({ ...LINE, at });
  });
});

describe('stamps', () => {
  const stamped = (stamp: string, clock = CLOCK) => one(`${stamp} h internal-sftp[7]: x`, clock)?.at;

  test.each([
    ['2026-11-20T17:16:16Z', AT],
    ['2026-11-20T17:16:16.5Z', '2026-11-20T17:16:16.5Z'],
    ['2026-11-20T17:16:16.123456789Z', '2026-11-20T17:16:16.123456789Z'],
    ['2026-11-20T18:16:16.25+01:00', '2026-11-20T17:16:16.25Z'],
    ['2026-11-20T11:46:16-05:30', AT],
    ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00Z'],
  ])('%s', (stamp, at) => {
    expect(stamped(stamp)).toBe(at);
  });

  test.each([
    '2026-11-20T17:16:16',
    '2026-11-20 17:16:16Z',
    '2026-13-20T17:16:16Z',
    '2026-11-20T17:16:16+0100',
    '2026-11-20T17:16:16*01:00',
    '20 Nov 17:16:16',
    'Nov 20 17:16',
    'Foo 20 17:16:16',
    'Nov 20 17:16:1x',
  ])('none: %s', (stamp) => {
    expect(stamped(stamp)).toBeUndefined();
  });

  test('without a zone are of the one that is given', () => {
    expect(stamped('Nov 20 17:16:16', { ...CLOCK, timezone: 'America/New_York' })).toBe('2026-11-20T22:16:16Z');
    expect(stamped('Nov  2 17:16:16')).toBe('2026-11-02T17:16:16Z');
  });

  test('of many lines each are their own', () => {
    const stamps = ['2026-11-20T17:16:16.1Z', '2026-11-20T17:16:16.2+00:00', '2026-11-20T18:16:16.3+01:00'];
    const read3 = read([...stamps, 'Nov 20 17:16:17', '2026-11-20T17:16:18Z'].map((stamp) => `${stamp} h sshd[1]: x`));
    expect(read3.map((line) => line?.at)).toEqual([
      '2026-11-20T17:16:16.1Z',
      '2026-11-20T17:16:16.2Z',
      '2026-11-20T17:16:16.3Z',
      '2026-11-20T17:16:17Z',
      '2026-11-20T17:16:18Z',
    ]);
  });

  test('to the millionth', () => {
    const entry = new EntryReader(CLOCK);
    const micros = (stamp: string) => {
      const bytes = Buffer.from(`${stamp} h sshd[1]: x`);
      entry.parse(bytes, 0, bytes.length);
      return entry.micros();
    };
    expect(micros('2026-11-20T17:16:16.627150Z')).toBe(627_150);
    expect(micros('2026-11-20T17:16:16.5Z')).toBe(500_000);
    expect(micros('2026-11-20T17:16:16.123456789Z')).toBe(123_456);
    expect(micros('2026-11-20T17:16:16Z')).toBe(0);
  });
});

describe('tags', () => {
  const tagged = (rest: string) => {
    const { program, pid, text } = one(`2026-11-20T17:16:16Z h ${rest}`) ?? {};
    return [program, pid, text];
  };

  test.each([
    ['internal-sftp[1]: x', ['sftp', 1, 'x']],
    ['sftp-server[1]: x', ['sftp', 1, 'x']],
    ['sshd[1]: x', ['sshd', 1, 'x']],
    ['sshd-session[4194304]: x', ['sshd', 4_194_304, 'x']],
    ['sshd-auth[1]: x', ['sshd', 1, 'x']],
    ['internal-sftpd[1]: x', ['other', 1, 'x']],
    ['sshd: x', ['sshd', 0, 'x']],
    ['MARK: x', ['marker', 0, 'x']],
    ['-- MARK --', ['marker', 0, 'MARK --']],
    ['kernel: [12.3] x', ['other', 0, '[12.3] x']],
    ['internal-sftp[1]:  two spaces', ['sftp', 1, ' two spaces']],
    ['internal-sftp[1]: ', ['sftp', 1, '']],
  ])('%s', (rest, found) => {
    expect(tagged(rest)).toEqual(found);
  });

  test('of six hosts, which is more than are remembered', () => {
    const hosts = ['a', 'bb', 'a.b', 'c', 'd', 'e'];
    const lines = [...hosts, ...hosts].map((host, index) => `2026-11-20T17:16:16Z ${host} sshd[${index + 1}]: x`);
    expect(read(lines).map((line) => [line?.host, line?.pid])).toEqual(
      [...hosts, ...hosts].map((host, index) => [host, index + 1]),
    );
  });

  test('a host whose name is the beginning of another', () => {
    const lines = ['web internal-sftp[1]: x', 'web2 internal-sftp[2]: x', 'web internal-sftp[3]: x'];
    expect(read(lines.map((line) => `2026-11-20T17:16:16Z ${line}`)).map((line) => line?.host)).toEqual([
      ...['web', 'web2', 'web'],
    ]);
  });
});

describe('the journal', () => {
  test.each([
    ['a message of bytes', { MESSAGE: [...Buffer.from('remove name "/x"')] }, {}],
    ['no pid of syslog', { SYSLOG_PID: undefined, _PID: '8' }, { pid: 8 }],
    ['a pid that is none', { SYSLOG_PID: 'x' }, { pid: 0 }],
    [
      'the stamp of the sender',
      { _SOURCE_REALTIME_TIMESTAMP: '1795194975999999' },
      { at: '2026-11-20T17:16:15.999999Z' },
    ],
    ['UTF-8', { MESSAGE: '\xc3\xa9' }, { text: '\xc3\xa9' }],
    ['another program', { SYSLOG_IDENTIFIER: 'cron' }, { program: 'other' }],
    ['no program', { SYSLOG_IDENTIFIER: undefined }, { program: 'other' }],
    ['no host', { _HOSTNAME: undefined }, { host: '' }],
  ])('%s', (_, more, found) => {
    expect(one(journal(more))).toMatchObject({ ...LINE, at: '2026-11-20T17:16:16.000000Z', ...found });
  });

  test.each([
    ['a message that was left out for its length', journal({ MESSAGE: null })],
    ['a stamp that is none', journal({ __REALTIME_TIMESTAMP: 'today' })],
    ['half an object', journal().slice(0, -3)],
    ['a list', '{}[]'],
    ['an empty object', '{}'],
  ])('no line: %s', (_, line) => {
    expect(one(line)).toBeNull();
  });

  test('lines of other formats after it are read as ever', () => {
    const lines = [journal(), '2026-11-20T17:16:16Z h internal-sftp[7]: remove name "/x"', journal(), LINE.text];
    expect(read(lines)).toMatchObject([{ text: LINE.text }, LINE, { text: LINE.text }, null]);
  });
});

test.each([
  '',
  ' ',
  'x',
  '<',
  '<38>',
  '<38>1 ',
  '{',
  '2',
  '2026-11-20T17:16:16Z',
  '2026-11-20T17:16:16Z h',
  'Nov 20 17:16:16 h',
])('no line: %j', (line) => {
  expect(one(line)).toBeNull();
});
