import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../src/doctor/finding.ts';
import { addCrowd, addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

/** What somebody does to a host, what the doctor says then, and what mends it where the finding has no command for it. */
interface Damage {
  /** The check that speaks. */
  check: string;
  breaks: string;
  says: RegExp;
  /** What a human decides to do; elsewhere the finding's own remedy is pasted. */
  human?: string;
  /** Afterwards, for what is mended and still not as it was. */
  after?: string;
}

/** What is off by default has tests of its own. */
const OPTIONAL = ['session-hooks', 'watch', 'forensic', 'ledger', 'senders'];

/** Each list is done to the host at once: what is in one list does not keep the rest of it from being mended. */
const DAMAGES: Readonly<Record<string, readonly Damage[]>> = {
  'jails and accounts': [
    // Adding an account again mends all of it, so each of these has several things wrong.
    { check: 'jails', breaks: 'chmod 775 /sftp-root/a1', says: /^\/sftp-root\/a1 can be changed by others/ },
    { check: 'data', breaks: 'rmdir /sftp-root/a1/data', says: /^\/sftp-root\/a1\/data is missing/ },
    { check: 'accounts', breaks: 'usermod --shell /bin/bash a1', says: /^a1 has the shell \/bin\/bash/ },
    { check: 'jails', breaks: 'chmod 700 /sftp-root/a2', says: /^\/sftp-root\/a2 cannot be entered by a2/ },
    { check: 'jails', breaks: 'mv /sftp-root/a2/dev /root/dev', says: /^\/sftp-root\/a2\/dev is missing/ },
    { check: 'data', breaks: 'chmod 700 /sftp-root/a2/data', says: /^\/sftp-root\/a2\/data has mode 2700/ },
    { check: 'accounts', breaks: 'usermod --home /home/a2 a2', says: /^a2 has the home \/home\/a2/ },
    { check: 'jails', breaks: 'chmod 755 /sftp-root/a3/dev', says: /^\/sftp-root\/a3\/dev is not as it was made/ },
    { check: 'data', breaks: 'chown daemon /sftp-root/a3/data', says: /^\/sftp-root\/a3\/data belongs to uid 1,/ },
    { check: 'accounts', breaks: 'gpasswd --add a3 games', says: /^a3 is in more groups than its role: games/ },
    { check: 'jails', breaks: 'mv /sftp-root/a4 /root/a4', says: /^\/sftp-root\/a4 is missing/ },
    { check: 'accounts', breaks: 'gpasswd --delete a5 sftp-only', says: /^a5 is in sftp and in no role/ },
    { check: 'accounts', breaks: 'usermod --gid users a6', says: /^a6 is in sftp-only, and sftp is not its primary/ },
    { check: 'accounts', breaks: 'gpasswd --add a7 sftp-admin', says: /^a7 is in two roles: sftp-only, sftp-admin/ },
    { check: 'links', breaks: 'rm /sftp-root/b1/dev/log', says: /^\/sftp-root\/b1\/dev\/log is missing/ },
    { check: 'links', breaks: 'cd /sftp-root/b2/dev; rm log; touch log', says: /b2\/dev\/log is no socket/ },
    { check: 'links', breaks: 'cd /sftp-root/b3/dev; rm log; mkdir log', says: /b3\/dev\/log is a folder/ },
    {
      check: 'links',
      breaks: `cd /sftp-root/b4/dev; rm log
        node -e 'require("node:net").createServer().listen("log", () => process.kill(process.pid, "SIGKILL"))' || true`,
      says: /b4\/dev\/log leads to another socket/,
    },
    { check: 'keys', breaks: 'chmod 600 /etc/sftpjail/keys/b5', says: /keys\/b5 cannot be read by b5/ },
    { check: 'keys', breaks: 'chown b6 /etc/sftpjail/keys/b6', says: /keys\/b6 can be changed by others than root/ },
    {
      check: 'accounts',
      breaks: 'useradd --non-unique --uid "$(id -u a8)" twin',
      says: /^a8 shares uid \d+ with twin/,
      human: 'userdel twin',
    },
    {
      check: 'orphans',
      breaks: 'mkdir -p /sftp-root/ghost/data; touch /sftp-root/ghost/data/invoice',
      says: /^\/sftp-root\/ghost is the jail of no account/,
      after: 'find /sftp-root/.removed/ghost.*/data/invoice',
    },
    {
      check: 'orphans',
      breaks: 'cp /etc/sftpjail/keys/b7 /etc/sftpjail/keys/ghost',
      says: /keys\/ghost belongs to no/,
    },
    {
      check: 'orphans',
      breaks: 'touch /etc/sftpjail/users/ghost.yaml',
      says: /users\/ghost.yaml belongs to no account/,
    },
    {
      check: 'orphans',
      breaks: 'mkdir -p /srv/other/dev; ln -s /srv/other /sftp-root/other',
      says: /^\/sftp-root\/other is a symlink to a jail/,
      human: 'rm /sftp-root/other',
    },
    { check: 'locked', breaks: 'sftpjail lock-user b7 --yes', says: /^b7 is locked/, human: 'sftpjail unlock-user b7' },
    {
      check: 'names',
      breaks: `cd /sftp-root/b7/data; mkdir "$(printf 'ж%.0s' $(seq 100))"; touch "$(printf 'ж%.0s' $(seq 100))/$(printf '\\\\%.0s' $(seq 60))"`,
      says: /^b7 has a path that takes 9\d\d bytes in the log/,
      human: 'rm -r /sftp-root/b7/data/*',
    },
    {
      check: 'link-limit',
      breaks: `mkdir /sftp-root/.links; node -e 'for (let i = 0; i < 60000; i++) require("fs").linkSync("/sftp-root/dev/log", "/sftp-root/.links/" + i)'`,
      says: /^the log socket has 600\d\d names/,
      human: 'rm -r /sftp-root/.links',
    },
  ],
  'files and daemons': [
    {
      check: 'files',
      breaks: 'sftpjail add-user b1 --share invoices --yes; umount /sftp-root/b1/invoices',
      says: /^the mount \/sftp-root\/b1\/invoices is missing/,
    },
    { check: 'files', breaks: 'echo "#" >>/etc/rsyslog.d/30-sftpjail.conf', says: /30-sftpjail.conf differs: content/ },
    { check: 'files', breaks: 'chmod 600 /etc/logrotate.d/sftpjail', says: /differs: mode 0600 instead of 0644/ },
    { check: 'files', breaks: 'groupdel sftp-readonly', says: /^the group sftp-readonly is missing/ },
    { check: 'files', breaks: 'rm /etc/systemd/system/sftpjail-log.socket', says: /^the file .*socket is missing/ },
    {
      check: 'rates',
      breaks: 'sed -i \'s/RateLimit.Interval="0"/RateLimit.Interval="5"/\' /etc/rsyslog.d/30-sftpjail.conf',
      says: /limits the rate of \/sftp-root\/dev\/log/,
    },
    {
      check: 'rates',
      breaks: 'printf "# ours\\n\\$RepeatedMsgReduction on\\n" >/etc/rsyslog.d/60-local.conf',
      says: /60-local.conf:2: \$RepeatedMsgReduction on is read after/,
      after: 'rm /etc/rsyslog.d/60-local.conf',
    },
    { check: 'log', breaks: 'chmod 644 /var/log/sftp.log', says: /^\/var\/log\/sftp.log is root:adm 0644/ },
    { check: 'rsyslog', breaks: 'touch /etc/rsyslog.d/30-sftpjail.conf', says: /runs with an older configuration/ },
    {
      check: 'sshd',
      breaks: "sed -i 's/^Match User sftpjail-..../Match User sftpjail-0000/' /etc/ssh/sshd_config.d/50-sftpjail.conf",
      says: /the sshd that runs has not read our drop-in/,
    },
    { check: 'logrotate', breaks: 'systemctl disable --now logrotate.timer', says: /^nothing runs logrotate/ },
    {
      check: 'logrotate',
      breaks: 'mv /etc/logrotate.d/rsyslog /root/; echo >>/var/log/auth.log',
      says: /^nothing rotates \/var\/log\/auth.log/,
      human: 'mv /root/rsyslog /etc/logrotate.d/',
    },
    { check: 'logrotate', breaks: 'truncate --size 1G /var/log/sftp.log', says: /sftp.log has 1074 MB, far beyond/ },
    {
      check: 'mounts',
      breaks:
        'mount -t tmpfs -o suid,dev,mode=2770,uid="$(id -u a1)",gid="$(getent group sftp | cut -d: -f3)" tmpfs /sftp-root/a1/data',
      says: /^\/sftp-root\/a1\/data is not mounted nosuid and nodev/,
      after: 'umount /sftp-root/a1/data',
    },
    {
      check: 'versions',
      breaks: `mv /usr/sbin/rsyslogd /usr/sbin/rsyslogd.new
        printf '#!/bin/sh\\n[ "$1" = -v ] && echo "rsyslogd  8.24.0" || exec /usr/sbin/rsyslogd.new "$@"\\n' >/usr/sbin/rsyslogd
        chmod 755 /usr/sbin/rsyslogd`,
      says: /^rsyslogd is too old: rsyslogd {2}8.24/,
      human: 'mv /usr/sbin/rsyslogd.new /usr/sbin/rsyslogd',
    },
  ],
  'a log without readers': [
    {
      check: 'rsyslog',
      breaks: "sed -i '/^input/,$d' /etc/rsyslog.d/30-sftpjail.conf; systemctl restart rsyslog",
      says: /^rsyslogd does not read \/sftp-root\/dev\/log/,
    },
    { check: 'log', breaks: 'rm /var/log/sftp.log', says: /^the log \/var\/log\/sftp.log is missing/ },
  ],
  'no daemon': [
    { check: 'sshd', breaks: 'systemctl stop ssh', says: /^sshd does not answer/ },
    {
      check: 'rsyslog',
      breaks: 'systemctl stop rsyslog.service syslog.socket sftpjail-log.socket',
      says: /^rsyslogd does not run/,
    },
  ],
  'a frozen daemon, and other things': [
    { check: 'logins', breaks: "sed -i '/^Include/d' /etc/ssh/sshd_config", says: /no Include line reaches/ },
    { check: 'root', breaks: 'chmod 777 /', says: /^\/ can be written by others than root/ },
    {
      check: 'rsyslog',
      breaks: 'systemctl kill --signal=STOP --kill-who=main rsyslog',
      says: /^rsyslogd is stopped/,
    },
    {
      check: 'interrupted',
      breaks: 'echo \'{"command":"add-user zed","changes":[],"notes":[]}\' >/var/lib/sftpjail/journal',
      says: /^a command was interrupted: add-user zed/,
    },
  ],
  'what only others may change': [
    { check: 'root', breaks: 'chmod 775 /sftp-root', says: /^\/sftp-root can be written by others than root/ },
    { check: 'self', breaks: 'chmod 777 /opt', says: /^\/opt can be written by others than root/ },
    {
      check: 'configuration',
      breaks: 'chmod 666 /etc/sftpjail/config.yaml',
      says: /config.yaml can be changed by others/,
    },
    {
      check: 'keys',
      breaks: 'chmod 700 /etc/sftpjail',
      says: /^\/etc\/sftpjail cannot be entered by customers/,
    },
    {
      check: 'logins',
      breaks: 'echo "AllowGroups wheel" >/etc/ssh/sshd_config.d/10-local.conf',
      says: /10-local.conf:1: AllowGroups wheel: it leaves out/,
    },
    {
      check: 'mounts',
      breaks: 'mount --bind /sftp-root/a1/dev /sftp-root/a1/dev',
      says: /^\/sftp-root\/a1\/dev is a mount of its own/,
      human: 'umount /sftp-root/a1/dev',
    },
  ],
  'what others decide': [
    {
      check: 'logins',
      breaks: 'printf "Match Group sftp-only\\n  ForceCommand /bin/false\\n" >/etc/ssh/sshd_config.d/10-local.conf',
      says: /"Match Group sftp-only" is read before ours/,
      human: 'rm /etc/ssh/sshd_config.d/10-local.conf',
    },
    { check: 'sshd', breaks: '', says: /^sshd would use forcecommand \/bin\/false for a1/, human: '' },
    {
      check: 'logrotate',
      breaks: 'printf "/var/log/sftp.log {\\n  weekly\\n}\\n" >/etc/logrotate.d/a-local',
      says: /^logrotate: .*duplicate log entry for \/var\/log\/sftp.log/,
      human: 'rm /etc/logrotate.d/a-local',
    },
  ],
  'broken configurations': [
    {
      check: 'configuration',
      breaks: 'echo "data: files" >/etc/sftpjail/config.yaml',
      says: /^these accounts were made with another data/,
      human: 'echo "# nothing" >/etc/sftpjail/config.yaml',
    },
    { check: 'logrotate', breaks: 'chmod 777 /var/log', says: /^logrotate: skipping "\/var\/log\/sftp.log"/ },
    {
      check: 'sshd',
      breaks: 'echo "Nonsense yes" >>/etc/ssh/sshd_config',
      says: /sshd -t refuses/,
      human: "sed -i '/Nonsense/d' /etc/ssh/sshd_config",
    },
    {
      check: 'rsyslog',
      breaks: 'echo "Nonsense(" >/etc/rsyslog.d/60-local.conf',
      says: /rsyslogd -N1 refuses/,
      human: 'rm /etc/rsyslog.d/60-local.conf',
    },
  ],
  'a disk that is full': [
    {
      check: 'space',
      breaks: `mount -t tmpfs -o size=1m,nr_inodes=500,mode=755 tmpfs /var/log
        head -c 1M /dev/zero >/var/log/full 2>/dev/null || true`,
      says: /^\/var\/log has 0 MB left/,
      human: 'umount /var/log',
    },
    { check: 'space', breaks: '', says: /^\/var\/log has room for \d+ more files/, human: '' },
  ],
  'a log that cannot be written': [
    {
      check: 'writes',
      breaks: `mount -t tmpfs -o size=64k tmpfs /mnt; install -m 640 -g adm /dev/null /mnt/log
        mount --bind /mnt/log /var/log/sftp.log; systemctl kill -s HUP --kill-who=main rsyslog
        logger -u /sftp-root/dev/log first; until grep -q first /mnt/log; do sleep 0.1; done
        head -c 1M /dev/zero >/mnt/full 2>/dev/null || true
        until journalctl --quiet --identifier=rsyslogd --grep 'write error'; do
          logger -u /sftp-root/dev/log "$(printf 'x%.0s' $(seq 200))"; sleep 0.05
        done`,
      says: /^rsyslogd failed (once|\d+ times) to write since .* was last written: file .*No space left on device/,
      human: `rm /mnt/full; logger -u /sftp-root/dev/log last; until grep -q last /mnt/log; do sleep 0.1; done
        umount --lazy /var/log/sftp.log; systemctl kill -s HUP --kill-who=main rsyslog; logger -u /sftp-root/dev/log again
        until grep -q again /var/log/sftp.log; do sleep 0.1; done`,
    },
  ],
};

const ACCOUNTS = ['a', 'b'].flatMap((letter) => [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `${letter}${number}`));

describeMachine('the doctor', (image) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootMachine(image);
    await machine.sftpjail('init', '--yes');
    await addCustomers(machine, 'a1');
    await addCrowd(machine, 'a1', ACCOUNTS.slice(1));
  });
  afterAll(() => machine?.close());

  async function examined(
    ...args: string[]
  ): Promise<{ exitCode: number; findings: Finding[]; notChecked: unknown[] }> {
    const { exitCode, stdout, stderr } = await machine.attempt('sftpjail', ['doctor', '--json', ...args]);
    if (stdout === '') throw new Error(stderr);
    return { exitCode, ...JSON.parse(stdout) };
  }

  async function expectHealthy(): Promise<void> {
    const { exitCode, findings, notChecked } = await examined();
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect({ exitCode, notChecked }).toEqual({ exitCode: 0, notChecked: [] });
  }

  test('a host that is as it should be gets one line', async () => {
    const { stdout, exitCode } = await machine.run('sftpjail', ['doctor', '--quiet']);
    expect(stdout).toMatch(/^This host is as it should be: \d+ checks\.\n$/);
    expect(exitCode).toBe(0);
  });

  test.each(Object.entries(DAMAGES))('%s: each finding, and its remedy pasted', async (_, damages) => {
    for (const { breaks } of damages) await machine.sh(breaks);
    const { exitCode, findings } = await examined();
    expect(exitCode).toBe(3);
    const found = damages.map(({ check, says }) =>
      findings.find((each) => each.check === check && says.test(each.what)),
    );
    expect(
      damages.filter((_, index) => !found[index]).map(({ says }) => [says, findings.map(({ what }) => what)]),
    ).toEqual([]);
    const remedies = damages.map(({ human }, index) =>
      human === undefined ? (found[index]?.remedy ?? []).join('\n') : '',
    );
    expect(remedies.filter((_, index) => damages[index]?.human === undefined)).not.toContain('');
    // What a human decides comes first, then what is not ours, then ours, each once.
    const ours = (script: string): number =>
      /^sftpjail (init|add)/.test(script) ? 2 : /^sftpjail /.test(script) ? 1 : 0;
    const pasted = [
      ...damages.map(({ human = '' }) => human),
      ...remedies.sort((one, other) => ours(one) - ours(other)),
    ];
    for (const script of new Set(pasted)) await machine.run('sh', ['-ec', script]);
    await expectHealthy();
    for (const { after = '' } of damages) await machine.sh(after);
    await expectHealthy();
  });

  test('--probe names exactly the jails whose lines do not arrive, with the cause of each', async () => {
    const crowd = Array.from({ length: 300 - ACCOUNTS.length }, (_, i) => `crowd-${i + 1}`);
    await addCrowd(machine, 'b8', crowd);
    const [capacity, ...others] = (await examined()).findings.filter(({ severity }) => severity !== 'note');
    expect([capacity?.what, others]).toEqual(['MaxStartups 10:30:100 is low for 300 accounts', []]);
    await machine.run('sh', ['-ec', (capacity as Finding).remedy.join('\n')]);
    await expectHealthy();

    const before = await machine.sftpjail('sessions', '--json');
    expect((await machine.sftpjail('doctor', '--probe')).stdout).toMatch(/^The line of every account arrived/);
    await machine.sh(
      `cd /sftp-root; rm crowd-7/dev/log; chmod 700 crowd-77/dev; rm crowd-177/dev/log; cd crowd-177/dev
       node -e 'require("node:net").createServer().listen("log", () => process.kill(process.pid, "SIGKILL"))' || true`,
    );
    const start = Date.now();
    const { exitCode, findings } = await examined('--probe');
    const seconds = (Date.now() - start) / 1000;
    expect(findings.map(({ user, what }) => [user, what.replace(/.*log: /, '')])).toEqual([
      ['crowd-7', 'there is no dev/log in the jail'],
      ['crowd-77', 'the customer may not use dev/log (jail 0750, dev 0700, dev/log 0660)'],
      ['crowd-177', 'dev/log leads to another socket than the current one'],
    ]);
    expect(exitCode).toBe(3);
    expect(seconds).toBeLessThan(10);
    expect((await machine.sftpjail('sessions', '--json')).stdout).toBe(before.stdout);

    // Many that are alike are told once, and one plan mends all that can be.
    await machine.sh('chmod 775 /sftp-root/crowd-*');
    const told = await machine.attempt('sftpjail', ['doctor', 'jails', '--quiet']);
    expect(told.stdout).toMatch(
      /^error jails: the jail can be changed by others than root \(284: crowd-1, .* and 279 more\)\n.*\n {2}mend: sftpjail doctor jails --fix --yes\n/,
    );
    await machine.sftpjail('doctor', '--fix', '--yes');
    await expectHealthy();
    expect(await examined('--probe')).toMatchObject({ exitCode: 0, findings: [] });
  });

  test('--probe while rsyslogd is stopped sends nothing, and says so', async () => {
    await machine.run('systemctl', ['kill', '--signal=STOP', '--kill-who=main', 'rsyslog']);
    const { findings } = await examined('--probe');
    await machine.run('systemctl', ['kill', '--signal=CONT', '--kill-who=main', 'rsyslog']);
    expect(findings).toHaveLength(300);
    expect(new Set(findings.map(({ what }) => what.replace(/.*log: /, '')))).toEqual(new Set(['rsyslogd is stopped']));
  });

  const TRACES = `getent passwd; getent group; getent shadow; find /etc /sftp-root /run /tmp /root /var/lib/sftpjail \
    -not -path '/run/systemd/*' -not -path '/run/log/*' -not -name 'motd*' -printf '%p %U %m\n' | sort`;

  test('--login logs in for real, and leaves no trace', async () => {
    const before = await machine.sh(TRACES);
    expect((await machine.sftpjail('doctor', '--login')).stdout).toBe(
      'A new customer could log in and upload, and is on record.\n',
    );
    const name = /upload|close "\/data\/(sftpjail-probe-\d+)" bytes read 0 written 3/;
    expect(await machine.readFile('/var/log/sftp.log')).toMatch(name);
    expect((await machine.sh(TRACES)).stdout).toBe(before.stdout);

    await machine.sh('printf "MaxSessions 0\n" >/etc/ssh/sshd_config.d/30-local.conf; systemctl reload ssh');
    const { exitCode, findings } = await examined('--login');
    await machine.sh('rm /etc/ssh/sshd_config.d/30-local.conf; systemctl reload ssh');
    expect([exitCode, findings.map(({ check }) => check)]).toEqual([3, ['login']]);
    expect((await machine.sh(TRACES)).stdout).toBe(before.stdout);
  });

  test('--login that is killed leaves what the doctor finds, and its remedy removes', async () => {
    const before = await machine.sh(TRACES);
    await machine.sh(
      `sftpjail doctor --login & pid=$!
       until [ -s "/etc/sftpjail/keys/sftpjail-probe-$pid" ] || ! kill -0 $pid; do sleep 0.01; done
       kill -KILL $pid || true; wait $pid || true; sftpjail recover`,
    );
    const { findings } = await examined('accounts');
    for (const { remedy } of findings) await machine.run('sh', ['-ec', remedy.join('\n')]);
    expect((await machine.sftpjail('doctor', '--login')).exitCode).toBe(0);
    expect((await machine.sh(TRACES)).stdout).toBe(before.stdout);
    await expectHealthy();
  });

  test('whatever cannot be looked at is said so', async () => {
    const { stdout } = await machine.attempt('setpriv', ['--reuid=nobody', '--clear-groups', 'sftpjail', 'doctor']);
    expect(stdout).toMatch(/^not checked interrupted: only root can see the journal$/m);
    expect(stdout).toMatch(/^not checked jails: only root can see all of the accounts$/m);
    expect(stdout).toMatch(/^What could be looked at is as it should be: \d+ checks\.$/m);
    expect(stdout).not.toMatch(/This host is as it should be/);
  });

  test('every check has been made to speak here, or is tried with texts of hosts that are not at hand', async () => {
    const { checks } = JSON.parse((await machine.sftpjail('doctor', '--list', '--json')).stdout);
    const spoke = Object.values(DAMAGES).flatMap((damages) => damages.map(({ check }) => check));
    expect(checks.map(({ name }: { name: string }) => name).sort()).toEqual(
      [...new Set([...spoke, 'capacity', 'apparmor', 'selinux', ...OPTIONAL])].sort(),
    );
  });
});
