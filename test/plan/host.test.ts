import { describe, expect, it } from 'vitest';
import { LOGROTATE_DROP_IN } from '../../src/conf/logrotate.ts';
import { RSYSLOG_DROP_IN } from '../../src/conf/rsyslog.ts';
import { SSHD_DROP_IN } from '../../src/conf/sshd-drop-in.ts';
import { RSYSLOG_SERVICE_DROP_IN, SOCKET_UNIT } from '../../src/conf/systemd.ts';
import type { HostFacts } from '../../src/plan/facts.ts';
import { CHECKS, wantFoundation, wantServices } from '../../src/plan/host.ts';
import { wantAccounts, wantJail, wantLink } from '../../src/plan/user.ts';
import { type Direction, difference, type Wish } from '../../src/plan/wish.ts';
import type { NetworkPlace, UserName } from '../../src/spec.ts';
import { bareDebian, customer, templates } from '../support/facts.ts';

const acts = (direction: Direction, wishes: readonly Wish[]): string[] =>
  difference(direction, wishes, (wish) => (direction === 'removing' ? wish.state : null))
    .filter(({ kind, after }) => (kind !== 'sync' && kind !== 'check') || after !== null)
    .map(({ kind, at }) => (kind === 'sync' ? `! ${at}` : at));

const content = (wishes: readonly Wish[], at: string): string => {
  const wish = wishes.find((each) => each.kind === 'file' && each.at === at);
  return wish?.kind === 'file' ? wish.state.content : '';
};

const perJail: HostFacts = {
  ...bareDebian,
  config: { ...bareDebian.config, log: { ...bareDebian.config.log, socket: 'per-jail' } },
  accounts: [customer('acme'), customer('globex')],
};

describe('the order in which services are set up, in which no session can hang', () => {
  const steps = acts('building', wantServices(bareDebian, templates));
  const at = (step: string) => {
    expect(steps).toContain(step);
    return steps.indexOf(step);
  };

  it('rsyslog is told to read the socket before there is one', () => {
    expect(at(RSYSLOG_DROP_IN)).toBeLessThan(at(CHECKS.rsyslog));
    expect(at(CHECKS.rsyslog)).toBeLessThan(at(SOCKET_UNIT));
    expect(at(SOCKET_UNIT)).toBeLessThan(at(RSYSLOG_SERVICE_DROP_IN));
  });

  it('nothing is reloaded before every configuration was judged by its own program', () => {
    const judged = [CHECKS.sshd, CHECKS.rsyslog, CHECKS.logrotate].map(at);
    const reloads = steps.flatMap((step, index) => (step.startsWith('!') ? [index] : []));
    expect(Math.max(...judged)).toBeLessThan(Math.min(...reloads));
  });

  it('what runs is proved afterwards', () => {
    expect(at('! rsyslog')).toBeLessThan(at(CHECKS.socketIsRead));
    expect(at('! sshd')).toBeLessThan(at(CHECKS.runningSshd));
  });
});

describe('lines of other hosts', () => {
  type Senders = HostFacts['config']['log']['senders'];
  const taking = (senders: Record<string, string>): HostFacts => ({
    ...bareDebian,
    config: {
      ...bareDebian.config,
      log: { ...bareDebian.config.log, receive: '10.0.0.1:2514' as NetworkPlace, senders: senders as Senders },
    },
  });
  const text = content(
    wantServices(taking({ '10.0.0.3': 'sftp3', '2001:db8::3': 'sftp4' }), templates),
    RSYSLOG_DROP_IN,
  );
  const [, received = ''] = /^ruleset\(name="sftpjail-received" queue.type="Direct"\) \{\n(.*?)^\}/ms.exec(text) ?? [];

  it('come to the log only in the name that their address has, and never in that of the host itself', () => {
    expect(text).toMatch(/^input\(type="imrelp" address="10\.0\.0\.1" port="2514" ruleset="sftpjail-received"\)$/m);
    const ways = received
      .split('\n')
      .flatMap((line, index, all) => (/call sftpjail$/.test(line) ? [all[index - 1]] : []));
    expect(ways).toEqual([
      '  if $fromhost-ip == "10.0.0.3" and $hostname == "sftp3" and $hostname != $$myhostname then {',
      '  if $fromhost-ip == "2001:db8::3" and $hostname == "sftp4" and $hostname != $$myhostname then {',
    ]);
  });

  it('are noted where they are refused, in a file that is rotated and that nobody can fill the disk by', () => {
    expect(received).toMatch(
      /^ {2}action\(type="omfile" file="\/var\/log\/sftp\.log\.refused" .* action\.execOnlyOnceEveryInterval="10"$/m,
    );
    const rotated = (facts: HostFacts) => content(wantServices(facts, templates), LOGROTATE_DROP_IN);
    expect(rotated(taking({ '10.0.0.3': 'sftp3' }))).toMatch(
      /^\/var\/log\/sftp\.log \/var\/log\/sftp\.log\.refused \{$/m,
    );
    expect(rotated(bareDebian)).toMatch(/^\/var\/log\/sftp\.log \{$/m);
  });

  it('are not taken where nothing is said of it', () =>
    expect(content(wantServices(bareDebian, templates), RSYSLOG_DROP_IN)).not.toMatch(/relp|received|refused/));
});

describe('the order in which services are taken down', () => {
  it('the socket is stopped after rsyslog’s tie to it is gone, and before anything of it is removed', () => {
    const steps = acts('removing', wantServices(bareDebian, templates));
    expect(steps).toEqual([
      RSYSLOG_SERVICE_DROP_IN,
      '! systemd',
      '! sftpjail-log.socket',
      '/etc/systemd/system/sockets.target.wants/sftpjail-log.socket',
      SOCKET_UNIT,
      '! systemd',
      LOGROTATE_DROP_IN,
      RSYSLOG_DROP_IN,
      '! rsyslog',
      SSHD_DROP_IN,
      '! sshd',
    ]);
  });
});

describe('an account', () => {
  const user = {
    ...{ name: 'acme' as UserName, role: 'only' as const, uid: 70_000, comment: '', declared: {}, declaredText: null },
    ...{ isNew: true, keys: 'ssh-ed25519 AAAA\n', password: { set: true as const }, expiry: null },
  };
  const { config } = bareDebian;

  it('exists only once the running sshd confines it, and can log in only at the very end', () => {
    const steps = acts('building', [
      ...wantJail(config, user),
      ...wantLink(config, 'systemd', user),
      ...wantAccounts(config, [user]),
    ]);
    expect(steps).toEqual([
      '/sftp-root/acme',
      '/sftp-root/acme/dev',
      '/sftp-root/acme/dev/log',
      '/sftp-root/acme/dev/log',
      CHECKS.runningSshd,
      'acme',
      '/sftp-root/acme/data',
      CHECKS.effective,
      '/etc/sftpjail/keys/acme',
      'acme',
    ]);
  });

  it('has no jail of its own as an administrator', () => {
    expect(acts('building', wantJail(config, { ...user, role: 'admin' }))).toEqual([]);
  });
});

describe('what was there before', () => {
  it('is not taken for ours: only what is missing is written down as made', () => {
    const made = content(wantFoundation(bareDebian, templates), '/var/lib/sftpjail/made.json');
    expect(JSON.parse(made)).toEqual(['directory /sftp-root', 'group sftp']);
  });

  it('a folder that others share is not re-moded', () => {
    const folders = wantServices(bareDebian, templates).filter(({ kind }) => kind === 'directory');
    expect(folders).toEqual([]);
  });
});

describe('one socket for each jail', () => {
  const wishes = wantServices(perJail, templates);

  it('gives rsyslog an input for each', () => {
    expect(content(wishes, RSYSLOG_DROP_IN).match(/Socket="[^"]+"/g)).toEqual([
      'Socket="/sftp-root/dev/log"',
      'Socket="/sftp-root/acme/dev/log"',
      'Socket="/sftp-root/globex/dev/log"',
    ]);
  });

  it('lets systemd own each, so that lines wait while rsyslog restarts', () => {
    expect(wishes.flatMap(({ kind, at }) => (kind === 'symlink' && at.includes('acme') ? [at] : []))).toEqual([
      '/etc/systemd/system/sockets.target.wants/sftpjail-log@acme.socket',
      '/etc/systemd/system/rsyslog.service.wants/sftpjail-log@acme.socket',
    ]);
  });

  it('needs no hook, because there are no links', () => {
    expect(content(wishes, RSYSLOG_SERVICE_DROP_IN)).not.toContain('ExecStartPost');
    expect(wantLink(perJail.config, 'systemd', { name: 'acme', role: 'only' })).toEqual([]);
  });
});

describe('rsyslog’s drop-in', () => {
  it('turns off the reduction of repeated lines where the host has turned it on', () => {
    const reduced = { ...bareDebian, rsyslog: { ...bareDebian.rsyslog, turnOffReduction: true } };
    expect(content(wantServices(reduced, templates), RSYSLOG_DROP_IN)).toMatch(/^\$RepeatedMsgReduction off$/m);
    expect(content(wantServices(bareDebian, templates), RSYSLOG_DROP_IN)).not.toContain('RepeatedMsgReduction');
  });

  it('limits no rate', () => {
    expect(content(wantServices(bareDebian, templates), RSYSLOG_DROP_IN)).toContain('RateLimit.Interval="0"');
  });
});
