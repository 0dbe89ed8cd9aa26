import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { type OddHost, oddHost } from '../support/odd-host.ts';

const CONFIG = '/etc/rsyslog.conf';
const LATER = '/etc/rsyslog.d/60-local.conf';
const LOG = '/var/log/sftp.log';

describeMachine("a distribution's own idea of rsyslog", (image) => {
  let machine: Machine;
  let host: OddHost;
  beforeAll(async () => {
    machine = await bootMachine(image);
    host = await oddHost(machine);
    await machine.run('cp', ['--preserve', CONFIG, '/root/rsyslog.conf']);
  });
  afterEach(async () => {
    await machine.attempt('sftpjail', ['uninstall', '--remove-users', '--delete-data', '--yes']);
    await machine.sh('rm -f "$2" "$3"*; cp --preserve /root/rsyslog.conf "$1"; systemctl restart rsyslog', {
      args: [CONFIG, LATER, LOG],
    });
    await host.adminGetsIn();
  });
  afterAll(() => machine?.close());

  test('$RepeatedMsgReduction on: three equal lines are three lines', async () => {
    await machine.sh('sed -i "1i \\$RepeatedMsgReduction on" "$1"; systemctl restart rsyslog', { args: [CONFIG] });
    await host.addUser();
    await machine.sh('for i in 1 2 3; do logger -u /sftp-root/acme/dev/log -t internal-sftp the same; done');
    await host.upload();
    expect((await machine.run('grep', ['-c', ': the same$', LOG])).stdout).toBe('3\n');
  });

  test('$RepeatedMsgReduction turned on after us is refused', async () => {
    await machine.writeFile(LATER, '$RepeatedMsgReduction on\n');
    expect(await host.refusal()).toEqual({
      error: `${LATER}:1: $RepeatedMsgReduction on, read after our drop-in, takes repeated lines out of the jails' log`,
      hint: expect.stringMatching(/^remove that line/),
    });
  });

  test("Ubuntu's rsyslogd, which becomes the user syslog, and its /var/log", async () => {
    await machine.sh(
      `groupadd --system syslog
      useradd --system --gid syslog --groups adm --no-create-home syslog
      chown root:syslog /var/log; chmod 775 /var/log
      sed -i '1i $PrivDropToUser syslog\\n$PrivDropToGroup syslog' "$1"
      # Debian 13's own unit would not let it.
      mkdir -p /run/systemd/system/rsyslog.service.d
      printf '[Service]\\nCapabilityBoundingSet=CAP_SETUID CAP_SETGID\\n' > /run/systemd/system/rsyslog.service.d/ubuntu.conf
      systemctl daemon-reload
      chown syslog /var/log/syslog /var/log/auth.log
      systemctl restart rsyslog`,
      { args: [CONFIG] },
    );
    await host.addUser();
    await host.upload();
    const owner = async () => (await machine.run('stat', ['--format=%U:%G %a', LOG])).stdout.trim();
    expect(await owner()).toBe('syslog:adm 640');

    for (const generation of ['1', '2.gz']) {
      await machine.run('logrotate', ['--force', '/etc/logrotate.d/sftpjail']);
      await host.upload();
      expect(await owner()).toBe('syslog:adm 640');
      expect((await machine.run('zgrep', ['-c', 'upload', `${LOG}.${generation}`])).stdout).not.toBe('0\n');
    }
    await machine.run('systemctl', ['restart', 'rsyslog']);
    await host.upload();
  });
});
