import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ReadOptions, readLog } from '../../src/log/read.ts';

const read = (lines: readonly string[], options: ReadOptions = {}) =>
  readLog(Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1'), { year: 2027, ...options });

const sample = (name: string) =>
  read(
    readFileSync(join(import.meta.dirname, '../samples', name), 'latin1')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#')),
  );

const opened = (pid: number) => `h internal-sftp[${pid}]: session opened for local user acme from [203.0.113.9]`;
const closed = (pid: number) => `h internal-sftp[${pid}]: session closed for local user acme from [203.0.113.9]`;

describe('what the reader once got wrong', () => {
  test('an owner is one attribute of two numbers: refused at DEBUG3, it was not set', () => {
    const [first] = sample('debian12/ops-debug3.rfc3339.log').sessions;
    expect(first?.changes.find(({ n }) => n === 14)).toMatchObject({ set: { uid: 0, gid: 0 }, status: 'failed' });
  });

  test('a wrong umask is no session, as a wrong log level is none', () => {
    const { sessions } = sample('debian13/options-and-deaths.rfc3339.log');
    expect(sessions.filter(({ user }) => user === null)).toEqual([]);
  });

  test('a refused login is over with the "fatal" of its sshd, not with the log', () => {
    const { logins } = sample('debian12/abnormal.rfc3339.log');
    const order = logins.map(({ port }) => port);
    expect(order.indexOf(60938)).toBeLessThan(order.indexOf(60960));
  });

  test('more than half a year without a line does not lead back to the year before', () => {
    const { sessions } = read([
      `Jan  5 10:00:00 ${opened(1)}`,
      `Jan  5 10:00:01 ${closed(1)}`,
      'Dec 20 10:00:00 h cron[1]: x',
    ]);
    expect(sessions[0]?.opened).toBe('2027-01-05T10:00:00Z');
  });

  test('a torn first line does not hide that a year began', () => {
    const { sessions } = read(['n"', `Dec 31 23:59:59 ${opened(1)}`, `Jan  1 00:00:00 ${closed(1)}`]);
    expect(sessions[0]).toMatchObject({ opened: '2026-12-31T23:59:59Z', closed: '2027-01-01T00:00:00Z' });
  });

  test('a step back of twenty minutes in autumn is the second hour', () => {
    const { sessions } = read([`Oct 25 02:50:00 ${opened(1)}`, `Oct 25 02:30:00 ${closed(1)}`], {
      year: 2026,
      timezone: 'Europe/Berlin',
    });
    expect(sessions[0]).toMatchObject({ opened: '2026-10-25T00:50:00Z', closed: '2026-10-25T01:30:00Z' });
  });

  test('RFC 5424: structured data with spaces is no part of the message', () => {
    const head = '<38>1 2026-11-20T10:00:00Z h internal-sftp 7 -';
    const { sessions } = read([`${head} [a@1 x="1" y="2 ] \\" 3"][b@1 z="4"] ${opened(7).split(': ')[1]}`]);
    expect(sessions).toMatchObject([{ user: 'acme' }]);
  });

  test('RFC 5424: a byte order mark is no part of the message', () => {
    const head = '<38>1 2026-11-20T10:00:00Z h internal-sftp 7 - -';
    const { sessions } = read([`${head} \xef\xbb\xbf${opened(7).split(': ')[1]}`]);
    expect(sessions).toMatchObject([{ user: 'acme' }]);
  });

  test('a locked account is a refused login with its reason', () => {
    const { logins } = read([
      '2026-11-20T10:00:00Z h sshd[1]: Connection from 203.0.113.9 port 5 on 192.0.2.1 port 22',
      '2026-11-20T10:00:00Z h sshd[1]: User acme not allowed because account is locked',
      '2026-11-20T10:00:01Z h sshd[1]: Connection closed by invalid user acme 203.0.113.9 port 5 [preauth]',
    ]);
    expect(logins).toMatchObject([{ user: 'acme', port: 5, reason: 'account is locked' }]);
  });

  test('another subsystem that was asked for is the reason of a login without a session', () => {
    const { logins } = sample('debian12/abnormal.rfc3339.log');
    expect(logins.find(({ port }) => port === 46724)?.reason).toMatch(/^subsystem request for netconf/);
  });

  /** Enterprise Linux 6 and 7; packet.c and serverloop.c of 6.6. */
  const old = (...last: string[]) =>
    read([
      '2026-11-20T10:00:00Z h sshd[1]: Accepted password for acme from 203.0.113.9 port 5 ssh2',
      `2026-11-20T10:00:01Z ${opened(3)}`,
      `2026-11-20T10:00:02Z ${closed(3)}`,
      ...last.map((text) => `2026-11-20T10:00:02Z h sshd[2]: ${text}`),
      '2026-11-20T10:00:02Z h sshd[1]: pam_unix(sshd:session): session closed for user acme',
    ]);

  test('sshd 6.6 names no port when a client takes leave', () => {
    expect(old('Received disconnect from 203.0.113.9: 11: disconnected by user').sessions[0]?.end).toBe('closed');
  });

  test.each([
    'Received disconnect from 203.0.113.9: 11: disconnected by user',
    'Timeout, client not responding.',
    'Read error from remote host 203.0.113.9: Connection reset by peer',
    'Write failed: Broken pipe',
    'input_userauth_request: invalid user bob',
    'Bad packet length 1349676916.',
    'Corrupted MAC on input.',
    'dispatch_protocol_error: type 7 seq 3',
    'ROOT LOGIN REFUSED FROM 203.0.113.9 port 5',
    'Protocol major versions differ for 203.0.113.9 port 5: SSH-2.0-OpenSSH_9.2 vs. SSH-1.5-x',
    "lastlog_openseek: Couldn't stat /var/log/lastlog: No such file or directory",
    'rexec line 12: Deprecated option UsePrivilegeSeparation',
  ])('a line of no table: %s', (text) => {
    expect(old(text).lines.unknown).toBe(0);
  });
});
