import { constants } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import { judgeAppArmor } from '../../src/doctor/apparmor.ts';
import { judgeCapacity } from '../../src/doctor/capacity.ts';
import { judgeLinks } from '../../src/doctor/links.ts';
import { judgeLogin } from '../../src/doctor/login.ts';
import { commandFor } from '../../src/doctor/logins.ts';
import { judgeMounts } from '../../src/doctor/mounts.ts';
import { loggedLength } from '../../src/doctor/names.ts';
import { judgeRoot } from '../../src/doctor/root.ts';
import { judgeSelinux } from '../../src/doctor/selinux.ts';
import { judgeRefusals } from '../../src/doctor/senders.ts';
import { judgeSpace } from '../../src/doctor/space.ts';
import { judgeVersions } from '../../src/doctor/versions.ts';
import { customer } from '../support/facts.ts';

/** Ubuntu 24.04's profile of rsyslogd, as far as it speaks of sockets and logs. */
const UBUNTU = `
profile rsyslogd /usr/sbin/rsyslogd {
  # /sftp-root/dev/log rwl,
  /dev/log                      rwl,
  /{,var/}run/utmp              rk,
  /var/lib/*/dev/log            rwl,
  /var/spool/postfix/dev/log    rwl,
  /var/log/**                   rw,
  unix (receive) type=dgram,
  include if exists <rsyslog.d>
}`;

describe('AppArmor', () => {
  const seen = {
    root: '/sftp-root',
    loaded: 'rsyslogd (enforce)\n',
    profile: UBUNTU,
    perJail: false,
    log: '/var/log/sftp.log',
    debug: null,
  };

  test('the lines that are missing are the remedy, and enough', () => {
    const [finding] = judgeAppArmor(seen);
    expect(finding?.remedy).toEqual([
      'mkdir -p /etc/apparmor.d/rsyslog.d',
      "echo '/sftp-root/dev/log rwl,' >>/etc/apparmor.d/rsyslog.d/sftpjail",
      'apparmor_parser -r /etc/apparmor.d/usr.sbin.rsyslogd',
      'systemctl restart rsyslog.service',
    ]);
    expect(judgeAppArmor({ ...seen, profile: `${UBUNTU}\n/sftp-root/dev/log rwl,\n` })).toEqual([]);
  });

  test('sockets of the jails too, and a log that lies elsewhere', () => {
    const [finding] = judgeAppArmor({ ...seen, perJail: true, log: '/srv/log/sftp.log' });
    expect(finding?.what).toBe(
      "AppArmor's profile of rsyslogd does not allow: /sftp-root/dev/log rwl, /sftp-root/*/dev/log rwl, /srv/log/sftp.log rw,",
    );
  });

  test('debug messages, where they are held', () => {
    const profile = `${UBUNTU}\n/sftp-root/dev/log rwl,\n`;
    const debug = '/run/sftpjail-forensic/lines/*';
    const [finding] = judgeAppArmor({ ...seen, profile, debug });
    expect(finding?.what).toBe("AppArmor's profile of rsyslogd does not allow: /run/sftpjail-forensic/lines/* rw,");
    expect(judgeAppArmor({ ...seen, profile: `${profile}${debug} rw,\n`, debug })).toEqual([]);
  });

  test.each([
    ['a root that the profile knows', { ...seen, root: '/var/lib/jails' }],
    ['braces', { ...seen, profile: `${UBUNTU}\n/{sftp-root,srv}/dev/log rwl,` }],
    ['a profile that only complains', { ...seen, loaded: 'rsyslogd (complain)\n' }],
    ['a profile under its old name, not loaded', { ...seen, loaded: '/usr/sbin/sshd (enforce)\n' }],
    ['no AppArmor', { ...seen, loaded: null }],
  ])('silent: %s', (_, silent) => expect(judgeAppArmor(silent)).toEqual([]));
});

describe('SELinux', () => {
  const label = (type: string) => `system_u:object_r:${type}:s0`;
  const seen = { root: '/srv/jails', enforcing: true, contexts: { dev: label('var_t'), log: label('var_t') } };

  test('the labels that are missing are the remedy', () => {
    expect(judgeSelinux(seen)[0]?.remedy).toEqual([
      "semanage fcontext -a -f d -t device_t '/srv/jails/dev'",
      "semanage fcontext -a -f s -t devlog_t '/srv/jails/dev/log'",
      "semanage fcontext -a -f s -t devlog_t '/srv/jails/[^/]+/dev/log'",
      'restorecon -R /srv/jails/dev',
    ]);
  });

  test.each([
    ['labelled', { ...seen, contexts: { dev: label('device_t'), log: label('devlog_t') } }],
    ['permissive', { ...seen, enforcing: false }],
  ])('silent: %s', (_, silent) => expect(judgeSelinux(silent)).toEqual([]));
});

describe('the way to the jails', () => {
  const found = { uid: 0, mode: 0o40_755, isDirectory: true, isSymlink: false };

  test('a symlink is for a human to decide', () => {
    const [finding] = judgeRoot([{ path: '/srv', found: { ...found, isSymlink: true, isDirectory: false } }]);
    expect(finding).toMatchObject({
      what: '/srv is a symlink',
      advice: 'use the path that it leads to: readlink -f /srv',
    });
    expect(finding?.remedy).toBeUndefined();
  });

  test('every folder that sshd would refuse is told of, not the first alone', () => {
    const open = { ...found, mode: 0o40_777 };
    const wrong = judgeRoot([
      { path: '/', found },
      { path: '/srv', found: open },
      { path: '/srv/jails', found: { ...found, uid: 1000 } },
    ]);
    expect(wrong.map(({ remedy }) => remedy)).toEqual([['chmod go-w /srv'], ['chown root /srv/jails']]);
  });
});

describe('links', () => {
  const rights = { uid: 0, gid: 0, dev: 1, ino: 1, size: 0 };
  const socket = (ino: number) => ({ ...rights, ino, mode: constants.S_IFSOCK | 0o660 });
  const dev = { ...rights, mode: constants.S_IFDIR | 0o750 };
  const account = customer('acme');

  test('without the shared socket there is one finding, and not one for each jail', () => {
    const found = judgeLinks({
      config: DEFAULT_CONFIG,
      systemd: true,
      shared: null,
      jails: [{ account, dev, log: undefined }],
    });
    expect(found.map(({ what }) => what)).toEqual(['there is no log socket at /sftp-root/dev/log']);
  });

  test.each([
    [true, ['systemctl stop sftpjail-log@acme.socket', 'systemctl restart rsyslog.service']],
    [false, ['service rsyslog restart']],
  ])('a socket of its own that is gone is made anew by whoever makes it (systemd: %s)', (systemd, remedy) => {
    const config = { ...DEFAULT_CONFIG, log: { ...DEFAULT_CONFIG.log, socket: 'per-jail' as const } };
    const jail = { account, dev, log: undefined };
    expect(judgeLinks({ config, systemd, shared: socket(1), jails: [jail] })[0]?.remedy).toEqual(remedy);
    expect(judgeLinks({ config, systemd, shared: socket(1), jails: [{ ...jail, log: socket(2) }] })).toEqual([]);
  });
});

describe('capacity', () => {
  const seen = { accounts: 500, maxStartups: '10:30:100', penalties: null, exempt: null, line: null, reload: 'reload' };

  test('a line that sets it is replaced; without one a new one wins', () => {
    expect(judgeCapacity(seen)[0]?.remedy).toEqual([
      "echo 'MaxStartups 50:30:100' >>/etc/ssh/sshd_config.d/40-local.conf",
      'reload',
    ]);
    const line = { file: '/etc/ssh/sshd_config', line: 7 };
    expect(judgeCapacity({ ...seen, line })[0]?.remedy?.[0]).toBe(
      "sed -i '7s/.*/MaxStartups 50:30:100/' /etc/ssh/sshd_config",
    );
    expect(judgeCapacity({ ...seen, maxStartups: '50:30:100' })).toEqual([]);
  });

  test('penalties without exempt addresses are a note, where there are many customers', () => {
    const penalised = { ...seen, maxStartups: '50:30:100', penalties: 'crash:90 authfail:5 max:600' };
    expect(judgeCapacity(penalised).map(({ severity }) => severity)).toEqual(['note']);
    expect(judgeCapacity({ ...penalised, exempt: '10.0.0.0/8' })).toEqual([]);
    expect(judgeCapacity({ ...penalised, accounts: 20 })).toEqual([]);
  });
});

describe('mounts', () => {
  const mount = (point: string, ...options: string[]) => ({ point, options: new Set(options) });
  const judge = (...mounts: ReturnType<typeof mount>[]) =>
    judgeMounts({ config: DEFAULT_CONFIG, jails: new Set(['acme']), mounts: [mount('/'), ...mounts] }).map(
      ({ severity, what }) => `${severity} ${what}`,
    );

  test('a root of its own has to be nosuid and nodev, one on / is a note', () => {
    expect(judge()).toEqual(['note /sftp-root lies on /, which is not mounted nosuid and nodev']);
    expect(judge(mount('/sftp-root', 'nosuid'))).toEqual(['warning /sftp-root is not mounted nodev']);
    expect(judge(mount('/sftp-root', 'nosuid', 'nodev'))).toEqual([]);
  });

  test('what is mounted in data is no matter, in a jail or its dev it is; other folders are not ours', () => {
    const root = mount('/sftp-root', 'nosuid', 'nodev');
    const at = (path: string) => judge(root, mount(`/sftp-root/${path}`, 'nosuid', 'nodev'));
    expect(at('acme/data')).toEqual([]);
    expect(at('acme')).toEqual(['error /sftp-root/acme is a mount of its own']);
    expect(at('acme/dev')).toEqual(['error /sftp-root/acme/dev is a mount of its own']);
    expect(at('dev')).toEqual(['error /sftp-root/dev is a mount of its own']);
    expect(at('acme/data/deep')).toEqual([]);
    expect(at('lost')).toEqual([]);
  });
});

test.each([
  ['sed -i it', 'sed -i it'],
  ['add "sftp" to this line', "sed -i '3s/$/ sftp/' /etc/ssh/x.conf"],
  ['take "sftp*" off this line', null],
  ['move the block elsewhere', null],
])('an obstacle is a command to paste only where it means exactly one: %s', (wayOut, command) => {
  const obstacle = { file: '/etc/ssh/x.conf', line: 3, what: 'AllowGroups wheel', why: '', wayOut };
  expect(commandFor(obstacle)).toBe(command);
});

test('a line with a comment is not added to', () => {
  const obstacle = {
    file: '/x',
    line: 3,
    what: 'AllowGroups wheel # ours',
    why: '',
    wayOut: 'add "sftp" to this line',
  };
  expect(commandFor(obstacle)).toBeNull();
});

test.each([
  ['abc', 3],
  ['é', 8],
  ['a\\b', 4],
  ['\n', 2],
  ['\u001b', 4],
])('%j takes %i bytes in the log', (name, bytes) => expect(loggedLength(Buffer.from(name))).toBe(bytes));

test('versions: what says none is not judged, what is older is told of', () => {
  const good = { sshd: 'OpenSSH_9.2p1 Debian-2', rsyslogd: 'rsyslogd  8.2302.0 (aka 2023.02)', node: 'v20.19.2' };
  expect(judgeVersions(good)).toEqual([]);
  expect(judgeVersions({ ...good, sshd: '' })).toEqual([]);
  const old = { sshd: 'unknown option -- V\nOpenSSH_8.0p1, OpenSSL', rsyslogd: 'rsyslogd 8.24.0', node: 'v18.20.0' };
  expect(judgeVersions(old).map(({ what }) => what)).toEqual([
    'sshd is too old: OpenSSH_8.0',
    'rsyslogd is too old: rsyslogd 8.24',
    'node is too old: v18.20',
  ]);
});

test('a file system that counts no inodes has room for more files', () => {
  const room = { bavail: 1e6, bsize: 4096, blocks: 2e6, ffree: 0, files: 0 };
  expect(judgeSpace({ folder: '/var/log', room, maxsize: 1e8, shared: false, root: '/sftp-root' })).toEqual([]);
});

test('lines that were refused are told of once for each address and name', () => {
  const note = (from: string) => `2026-11-26T05:00:00.000000+00:00 ${from}: internal-sftp[7]: as one as two: x\n`;
  const text = `a line that is cut: ${note('10.0.0.9 as sftp0')}`
    .slice(12)
    .concat(...[note('10.0.0.3 as sftp3.example.com'), note('10.0.0.3 as sftp3.example.com'), note('::1 as a#012"b')]);
  expect(judgeRefusals({ file: '/var/log/sftp.log.refused', text }).map(({ what }) => what)).toEqual([
    '10.0.0.3 sent lines in the name of "sftp3.example.com", and they were refused',
    '::1 sent lines in the name of "a#012\\"b", and they were refused',
  ]);
  expect(judgeRefusals({ file: '/x', text: '' })).toEqual([]);
  expect(judgeRefusals(null)).toEqual([]);
});

test('what --login could not take away is told of beside what went wrong', () => {
  const seen = {
    log: '/log',
    notMade: null,
    notUploaded: 'Permission denied',
    arrived: false,
    left: { name: 'x', why: 'busy' },
  };
  expect(judgeLogin(seen).map(({ what }) => what)).toEqual([
    'a new customer could not log in and upload: Permission denied',
    'x could not be removed again: busy',
  ]);
  expect(judgeLogin({ ...seen, notUploaded: null, left: null })[0]?.what).toBe('an upload is not in /log');
  expect(judgeLogin({ ...seen, notUploaded: null, left: null, arrived: true })).toEqual([]);
});
