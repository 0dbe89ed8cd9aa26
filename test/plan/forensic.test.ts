import { describe, expect, it } from 'vitest';
import {
  FORENSIC_JOURNALD,
  FORENSIC_LOG_FOLDER,
  FORENSIC_MOUNT,
  FORENSIC_MOUNT_UNIT,
  FORENSIC_RSYSLOG,
  FORENSIC_SSHD_SERVICE,
  JOURNALD_NAME,
} from '../../src/conf/forensic.ts';
import { LOGROTATE_DROP_IN } from '../../src/conf/logrotate.ts';
import { RSYSLOG_DROP_IN } from '../../src/conf/rsyslog.ts';
import { SSHD_DROP_IN } from '../../src/conf/sshd-drop-in.ts';
import { WATCH_UNIT } from '../../src/conf/systemd.ts';
import { type Config, DEFAULT_CONFIG } from '../../src/config.ts';
import { parseConfig } from '../../src/config-file.ts';
import type { HostFacts } from '../../src/plan/facts.ts';
import { forensicNotes, unwantedForensic } from '../../src/plan/forensic.ts';
import { sharedFolders, wantServices } from '../../src/plan/host.ts';
import { wantWatch } from '../../src/plan/watch.ts';
import { type Direction, difference, type Wish } from '../../src/plan/wish.ts';
import { bareDebian, customer, templates } from '../support/facts.ts';

const config = (forensic: Partial<Config['forensic']>): Config => ({
  ...DEFAULT_CONFIG,
  watch: { ...DEFAULT_CONFIG.watch, enabled: true },
  forensic: { ...DEFAULT_CONFIG.forensic, enabled: true, ...forensic },
});
const facts: HostFacts = {
  ...bareDebian,
  config: config({}),
  forensic: { isInstalled: false, hasLog: false, isSplit: true },
};

const acts = (direction: Direction, wishes: readonly Wish[]): string[] =>
  difference(direction, wishes, (wish) => (direction === 'removing' ? wish.state : null))
    .filter(({ kind, after }) => (kind !== 'sync' && kind !== 'check') || after !== null)
    .map(({ kind, at }) => (kind === 'sync' ? `! ${at}` : at));
const content = (wishes: readonly Wish[], at: string): string => {
  const wish = wishes.find((each) => each.kind === 'file' && each.at === at);
  return wish?.kind === 'file' ? wish.state.content : '';
};

describe('debug messages are kept out of every log for as long as there are any', () => {
  it('before sshd is told to print them, the journal, rsyslog and systemd have read what keeps them out', () => {
    const steps = acts('building', wantServices(facts, templates));
    const at = (step: string) => {
      expect(steps).toContain(step);
      return steps.indexOf(step);
    };
    const before = [FORENSIC_MOUNT, `! ${JOURNALD_NAME}`, '! rsyslog'].map(at);
    expect(Math.max(...before)).toBeLessThan(at('! sshd'));
    expect(at(FORENSIC_MOUNT_UNIT)).toBeLessThan(at(FORENSIC_MOUNT));
    expect(at(FORENSIC_SSHD_SERVICE)).toBeLessThan(steps.indexOf('! systemd'));
    expect(at(FORENSIC_RSYSLOG)).toBeLessThan(at('! rsyslog'));
    expect(at(FORENSIC_JOURNALD)).toBeLessThan(at(`! ${JOURNALD_NAME}`));
  });

  it('they are taken back after sshd has gone on without us', () => {
    const steps = acts('removing', wantServices(facts, templates));
    const from = steps.indexOf('! sshd');
    expect(steps.slice(from)).toEqual([
      '! sshd',
      FORENSIC_RSYSLOG,
      '! rsyslog',
      FORENSIC_JOURNALD,
      `! ${JOURNALD_NAME}`,
      FORENSIC_MOUNT,
      FORENSIC_SSHD_SERVICE,
      FORENSIC_MOUNT_UNIT,
      '! systemd',
      FORENSIC_LOG_FOLDER,
    ]);
  });

  it('switched off it goes, but for what was written down', () => {
    const off = {
      ...facts,
      config: config({ enabled: false }),
      forensic: { isInstalled: true, hasLog: true, isSplit: true },
    };
    const gone = unwantedForensic(off, templates).map(({ at }) => at);
    expect(gone).toContain(FORENSIC_RSYSLOG);
    expect(gone).not.toContain(FORENSIC_LOG_FOLDER);
    expect(unwantedForensic({ ...off, forensic: { ...off.forensic, isInstalled: false } }, templates)).toEqual([]);
    expect(unwantedForensic({ ...facts, forensic: off.forensic }, templates)).toEqual([]);
  });
});

describe('what is told to others', () => {
  const wishes = wantServices(facts, templates);

  it('sshd speaks at DEBUG1 to everybody, sftp-server at VERBOSE', () => {
    const text = content(wishes, SSHD_DROP_IN);
    const [first] = text.split('\n').filter((line) => /^[A-Z]/.test(line));
    expect(first).toBe('LogLevel DEBUG1');
    expect(text.match(/LogLevel \w+/g)).toEqual([
      ...Array.from({ length: 4 }, () => 'LogLevel DEBUG1'),
      'LogLevel QUIET',
    ]);
    expect(text.match(/-l[A-Z0-9]+/g)).toEqual(['-lVERBOSE', '-lVERBOSE', '-lVERBOSE']);
    expect(content(wantServices(bareDebian, templates), SSHD_DROP_IN)).not.toContain('DEBUG');
  });

  it('sftp-server as loudly as it is asked to be, but for an account with a level of its own', () => {
    const loud: HostFacts = {
      ...facts,
      config: { ...config({ sftp: 'debug3' }), sshd: { logLevel: 'DEBUG2' } },
      accounts: [customer('acme')],
      declared: new Map([['acme', { logLevel: 'INFO' }]]),
    };
    const text = content(wantServices(loud, templates), SSHD_DROP_IN);
    expect(text.match(/-l[A-Z0-9]+/g)).toEqual(['-lINFO', '-lDEBUG3', '-lDEBUG3', '-lDEBUG3']);
    expect(text.match(/LogLevel DEBUG\d/g)).toEqual(Array.from({ length: 5 }, () => 'LogLevel DEBUG2'));
  });

  it('rsyslogd takes them out first, and keeps nobody waiting', () => {
    const rules = content(wishes, RSYSLOG_DROP_IN);
    expect(rules.indexOf('call sftpjail-forensic')).toBeLessThan(rules.indexOf('type="omfile"'));
    expect(content(wantServices(bareDebian, templates), RSYSLOG_DROP_IN)).not.toContain('forensic');
    const own = content(wishes, FORENSIC_RSYSLOG);
    expect(own).toContain('queue.timeoutEnqueue="0"');
    expect(own).toContain('fileOwner="sftpjail" fileGroup="adm"');
    // An rsyslogd that is not root can give its files to nobody, and needs the folder to be its group's.
    const dropped = { ...facts, rsyslog: { ...facts.rsyslog, owner: 'syslog' } };
    expect(content(wantServices(dropped, templates), FORENSIC_RSYSLOG)).toContain('fileOwner="syslog"');
    expect(content(wantServices(dropped, templates), FORENSIC_MOUNT_UNIT)).toContain('mode=2770,uid=sftpjail,gid=adm');
    expect(content(wishes, FORENSIC_MOUNT_UNIT)).toContain(
      'mode=2750,uid=sftpjail,gid=adm,nosuid,nodev,noexec,nosymfollow',
    );
  });

  it('logrotate rotates as the user whose folder it is; the daemon may write there, and to the mount', () => {
    expect(content(wishes, LOGROTATE_DROP_IN)).toMatch(/forensic\.log \{\n {2}su sftpjail adm\n/);
    const unit = content(wantWatch(facts, templates), WATCH_UNIT);
    expect(unit).toContain('\nReadWritePaths=-/run/sftpjail-forensic /var/log/sftpjail\n');
    expect(unit).toContain('\nWants=run-sftpjail\\x2dforensic.mount\n');
    expect(content(wantWatch({ ...facts, config: config({ enabled: false }) }, templates), WATCH_UNIT)).not.toContain(
      'forensic',
    );
  });

  it('the operator is told once that it is about the whole host', () => {
    expect(forensicNotes(facts)).toHaveLength(2);
    expect(forensicNotes({ ...facts, forensic: { isInstalled: true, hasLog: true, isSplit: true } })).toEqual([]);
    expect(forensicNotes(bareDebian)).toEqual([]);
  });

  it('folders of others are ours to remove only where we made them', () => {
    const folders = sharedFolders(facts);
    expect(folders).toContain('/etc/systemd/system/ssh.service.d');
    expect(sharedFolders({ ...facts, forensic: { isInstalled: false, hasLog: false, isSplit: false } })).not.toContain(
      '/etc/systemd/system/ssh.service.d',
    );
    expect(sharedFolders(bareDebian)).not.toContain('/etc/systemd/journald.conf.d');
    expect(acts('building', wishes)).not.toContain('/etc/systemd/journald.conf.d');
    const missing = new Set(['directory /etc/systemd/journald.conf.d']);
    expect(acts('building', wantServices({ ...facts, missing }, templates))).toContain('/etc/systemd/journald.conf.d');
  });
});

describe('the configuration', () => {
  const parse = (text: string) => parseConfig(text, 'config.yaml');
  it('needs the daemon, and a bound', () => {
    expect(parse('watch: {enabled: true}\nforensic: {enabled: true, memory: 8M}\n').forensic.memory).toBe('8M');
    expect(() => parse('forensic: {enabled: true}\n')).toThrow(/watch\.enabled has to be true too/);
    for (const memory of ['10k', '2G']) expect(() => parse(`forensic: {memory: ${memory}}\n`)).toThrow(/1M to 512M/);
    expect(() => parse('forensic: {criteria: [Failed]}\n')).toThrow(
      /expects one of FailedLogin, UntimelyDeath, Module/,
    );
    expect(() => parse('forensic: {sftp: DEBUG}\n')).toThrow(/expects one of verbose, debug1, debug3/);
    expect(() => parse('forensic: {size: 0}\n')).toThrow(/expects at least 1/);
  });
});
