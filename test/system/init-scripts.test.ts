import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeOverlay } from '../support/describe.ts';
import type { ImageName } from '../support/image.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';
import { diffTrees, type Tree } from '../support/tree.ts';

/** Debian's rsyslog has no script any more; this is what a host with sysvinit needs. */
const SYSVINIT_RSYSLOG = `#!/bin/sh
### BEGIN INIT INFO
# Provides: rsyslog
# Default-Start: 2 3 4 5
# Default-Stop:
### END INIT INFO
daemon() { start-stop-daemon --quiet --pidfile /run/rsyslogd.pid --exec /usr/sbin/rsyslogd "$@"; }
case $1 in
  start) daemon --start ;;
  stop) daemon --stop --retry TERM/10 ;;
  restart) daemon --stop --oknodo --retry TERM/10; daemon --start ;;
  status) daemon --status ;;
esac
`;

const OPENRC_RSYSLOG = `#!/sbin/openrc-run
command=/usr/sbin/rsyslogd
pidfile=/run/rsyslogd.pid
`;

interface Manager {
  /** Is told `NAME start` and the like. */
  program: string;
  /** rsyslog's script. */
  script: string;
  /** Before anything is started. */
  boot: string;
}

const SYSVINIT: Manager = { program: 'service', script: SYSVINIT_RSYSLOG, boot: '' };
const OPENRC: Manager = {
  program: 'rc-service',
  script: OPENRC_RSYSLOG,
  boot: 'openrc default',
};

describeOverlay('sysvinit: a host whose services are scripts in /etc/init.d', (suite) => tell(suite, SYSVINIT));
describeOverlay('OpenRC: the same', (suite) => tell(suite, OPENRC), ['bookworm-fleet']);

function tell(suite: ImageName, { program, script, boot }: Manager): void {
  let host: Overlay;
  let customer: Clients;
  let stock: Tree;
  beforeAll(async () => {
    host = await openOverlay(suite, { init: true });
    customer = new Clients(host, await makeKeyPair(host));
    await host.writeFile('/etc/init.d/rsyslog', script, 0o755);
    await host.sh(boot);
    await host.run(program, ['rsyslog', 'start']);
    await host.run(program, ['ssh', 'start']);
    await host.sh('until [ -s /run/rsyslogd.pid ]; do sleep 0.02; done');
    stock = await host.tree(['/etc', '/var/lib/sftpjail', '/sftp-root']);
  });
  afterAll(() => host?.close());

  const pidOf = async (daemon: string) => (await host.readFile(`/run/${daemon}.pid`)).trim();
  const uploadsAndLogs = async (name: string) => {
    expect(await customer.sftpBatch('acme', [`put /etc/hostname ${name}`])).toMatchObject({ exitCode: 0 });
    await expect
      .poll(() => host.readFile('/var/log/sftp.log'), { timeout: 15_000 })
      .toContain(`close "/data/${name}" bytes read 0 written`);
  };

  test('init reloads sshd and restarts rsyslog by their scripts', async () => {
    const [sshd, rsyslogd] = [await pidOf('sshd'), await pidOf('rsyslogd')];
    const { stderr } = await host.sftpjail('init', '--yes');
    expect(stderr).not.toContain('nothing brings services up');
    expect(await pidOf('sshd')).toBe(sshd);
    expect(await pidOf('rsyslogd')).not.toBe(rsyslogd);
    expect((await host.sftpjail('init', '--yes', '--json')).stdout).toContain('"changed":false');
  });

  test('uploads are on record, and again after a restart of rsyslog and the hook', async () => {
    await host.sftpjail('add-user', 'acme', '--key', '/root/.ssh/customer.pub');
    await uploadsAndLogs('first');
    await host.run(program, ['rsyslog', 'restart']);
    await host.sh('until [ -S /sftp-root/dev/log ]; do sleep 0.02; done');
    await host.sh('eval "$1"', { args: [(await host.sftpjail('render-config', 'refresh-links hook')).stdout] });
    await uploadsAndLogs('second');
  });

  test('uninstall leaves both running as they were', async () => {
    const sshd = await pidOf('sshd');
    await host.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    expect(diffTrees(stock, await host.tree(['/etc', '/var/lib/sftpjail', '/sftp-root']))).toEqual([]);
    expect(await pidOf('sshd')).toBe(sshd);
    await host.run(program, ['rsyslog', 'status']);
  });
}
