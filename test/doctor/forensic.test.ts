import { expect, test } from 'vitest';
import { MOUNT_OPTIONS } from '../../src/conf/forensic.ts';
import { judgeForensic, type SeenForensic } from '../../src/doctor/forensic.ts';

const good: SeenForensic = {
  ...{ options: new Set(MOUNT_OPTIONS), taken: 0.1, isRead: true, sshdLevel: 'DEBUG', leak: null },
  journal: { maxLevelStore: 'info', forwardToSyslog: null, isCurrent: true },
  log: { size: 10, most: 100 },
};
const whats = (seen: Partial<SeenForensic>): string[] => judgeForensic({ ...good, ...seen }).map(({ what }) => what);

test('nothing is said where it is off, or as it should be', () => {
  expect(judgeForensic(null)).toEqual([]);
  expect(whats({})).toEqual([]);
  // Stricter is as good.
  expect(whats({ journal: { ...good.journal, maxLevelStore: 'warning', forwardToSyslog: 'yes' } })).toEqual([]);
});

test('each part that fails is named', () => {
  expect(whats({ options: null })).toEqual(['/run/sftpjail-forensic is not mounted']);
  expect(whats({ options: new Set(['nosuid', 'nodev', 'noexec']) })).toEqual([
    '/run/sftpjail-forensic is mounted without nosymfollow',
  ]);
  expect(whats({ taken: 0.95 })).toEqual(['/run/sftpjail-forensic is full']);
  expect(whats({ isRead: false })).toEqual(['nobody reads /run/sftpjail-forensic']);
  expect(whats({ sshdLevel: 'INFO' })).toEqual(['sshd speaks at INFO to those whom no block is about']);
  expect(whats({ leak: '/var/log/auth.log' })).toEqual(['there are debug messages in /var/log/auth.log']);
  expect(whats({ log: { size: 95, most: 100 } })).toEqual(['/var/log/sftpjail/forensic.log is full']);
  const { journal } = good;
  expect(whats({ journal: { ...journal, maxLevelStore: null } })).toEqual([
    'the journal keeps debug messages (MaxLevelStore debug)',
  ]);
  expect(whats({ journal: { ...journal, isCurrent: false } })).toEqual([
    'the journal runs with an older configuration than the one on the disk',
  ]);
  expect(whats({ journal: { ...journal, forwardToSyslog: 'no' } })).toEqual([
    'the journal hands no message on to rsyslogd (ForwardToSyslog no)',
  ]);
});
