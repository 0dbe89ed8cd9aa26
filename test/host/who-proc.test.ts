import { closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insideOf, openFiles, parseFdinfo } from '../../src/host/open-files.ts';
import { countersOf, startTicks, whenStarted } from '../../src/host/process-clock.ts';
import { parseTcpTable } from '../../src/host/tcp.ts';
import { parseTcpIdle } from '../../src/host/tcp-idle.ts';

/** No process can have it: pid_max is at most 4,194,304. */
const NOBODY = 4_194_305;

describe('/proc/net/tcp and tcp6', () => {
  const row = (local: string, remote: string, state: string, inode: number) =>
    `   0: ${local} ${remote} ${state} 00000000:00000000 02:000AFB81 00000000     0        0 ${inode} 2 0000000081 20 4 31 18 -1`;

  it('an IPv4 connection, and neither listeners nor what nobody holds', () => {
    const text = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      row('00000000:0016', '00000000:0000', '0A', 5),
      row('0100007F:0016', '070200C0:C366', '01', 789_724),
      row('0100007F:0016', '0100007F:B86E', '06', 0),
    ].join('\n');
    expect([...parseTcpTable(text, 'LE')]).toEqual([[789_724, { localPort: 22, ip: '192.0.2.7', port: 50_022 }]]);
  });

  it.each([
    ['B80D0120000000000000000001000000', '2001:db8::1'],
    ['0000000000000000FFFF0000070200C0', '192.0.2.7'],
    ['00000000000000000000000001000000', '::1'],
  ])('IPv6 %s is %s', (digits, ip) => {
    const rows = row(`${'0'.repeat(32)}:0016`, `${digits}:C366`, '01', 7);
    expect(parseTcpTable(rows, 'LE').get(7)).toEqual({ localPort: 22, ip, port: 50_022 });
  });

  it('the words are as the machine has them', () => {
    const rows = row('7F000001:0016', 'C0000207:C366', '01', 7);
    expect(parseTcpTable(rows, 'BE').get(7)?.ip).toBe('192.0.2.7');
  });
});

it('ss: what was last sent or received, in seconds; what is 0 it leaves out', () => {
  const line = (ino: number, times: string) =>
    `ESTAB 0 0 192.0.2.1:22 192.0.2.7:50022 timer:(keepalive,119min,0) ino:${ino} sk:1 cgroup:/x <-> cubic rtt:0.1/0.1 ${times}`;
  const text = [
    line(7, 'lastsnd:92100 lastrcv:91600 lastack:91600 pacing_rate 1Gbps'),
    line(8, 'lastsnd:12 pacing_rate 1Gbps'),
    'ESTAB 0 0 192.0.2.1:22 192.0.2.9:50022 ino:9 sk:3',
  ].join('\n');
  expect([...parseTcpIdle(text)]).toEqual([
    [7, 91.6],
    [8, 0],
  ]);
});

describe('open files', () => {
  let jail: string;
  beforeEach(() => {
    jail = realpathSync(mkdtempSync(join(tmpdir(), 'sftpjail-who-')));
    mkdirSync(join(jail, 'data'));
  });
  afterEach(() => rmSync(jail, { recursive: true }));
  const mine = () => openFiles(process.pid).filter(({ path }) => path?.startsWith(jail));

  it('are told by name, position and direction, also after they were removed', () => {
    const names = ['kept (deleted)', 'gone', 'gone (deleted)', 'a\nb'].map((name) => join(jail, 'data', name));
    const descriptors = names.map((name) => openSync(name, 'w'));
    for (const descriptor of descriptors) writeSync(descriptor, 'seventeen letters');
    for (const name of names.slice(1, 3)) unlinkSync(name);
    expect(mine().map(({ path, deleted }) => ({ path, deleted }))).toEqual(
      names.map((path, index) => ({ path, deleted: index === 1 || index === 2 })),
    );
    expect(mine()[0]).toMatchObject({ direction: 'upload', position: 17, size: 17 });
    for (const descriptor of descriptors) closeSync(descriptor);
    expect(mine()).toEqual([]);
  });

  it.each([
    ['pos:\t2350080\nflags:\t0100001\nmnt_id:\t575\n', { position: 2_350_080, direction: 'upload' }],
    ['pos:\t0\nflags:\t0100000\nmnt_id:\t575\n', { position: 0, direction: 'download' }],
    ['pos:\t9\nflags:\t02100002\nmnt_id:\t575\n', { position: 9, direction: 'both' }],
    ['', null],
  ])('fdinfo %j', (text, found) => expect(parseFdinfo(text)).toEqual(found));

  it.each([
    ['/sftp-root/acme', '/sftp-root/acme/data/x', '/data/x'],
    ['/sftp-root', '/sftp-root/acme/data/x', '/acme/data/x'],
    ['/sftp-root/acme', '/sftp-root/acme2/data/x', null],
    ['/', '/etc/motd', '/etc/motd'],
  ])('below %s, %s is %s', (root, path, inside) => expect(insideOf(Buffer.from(root), Buffer.from(path))).toBe(inside));

  it('bytes that are no UTF-8 are marked as such', () =>
    expect(insideOf(Buffer.from('/j'), Buffer.from('/j/a\xffb', 'latin1'))).toBe('/a\ufffdb'));
});

it('a process that is gone is no error', () => {
  expect(openFiles(NOBODY)).toEqual([]);
  expect(startTicks(NOBODY)).toBeNull();
  expect(countersOf(NOBODY)).toBeNull();
});

it('a process started when its parent can say it did', () => {
  const started = whenStarted(startTicks(process.pid) ?? 0, new Date());
  expect(Math.abs(started - performance.timeOrigin)).toBeLessThan(2000);
});
