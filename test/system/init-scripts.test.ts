import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';
import { diffTrees, type Tree } from '../support/tree.ts';

/** Debian's rsyslog has no script any more; this is what a host with sysvinit needs. */
const RSYSLOG_SCRIPT = `#!/bin/sh
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

describeOverlay('a host whose services are scripts in /etc/init.d', (suite) => {
  let host: Overlay;
  let customer: Clients;
  let stock: Tree;
  beforeAll(async () => {
    host = await openOverlay(suite, { init: true });
    customer = new Clients(host, await makeKeyPair(host));
    await host.writeFile('/etc/init.d/rsyslog', RSYSLOG_SCRIPT, 0o755);
    await host.sh('service ssh start; service rsyslog start; until [ -s /run/rsyslogd.pid ]; do sleep 0.02; done');
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
    await host.sh('service rsyslog restart; until [ -S /sftp-root/dev/log ]; do sleep 0.02; done');
    await host.sh('eval "$1"', { args: [(await host.sftpjail('render-config', 'refresh-links hook')).stdout] });
    await uploadsAndLogs('second');
  });

  test('uninstall leaves both running as they were', async () => {
    const sshd = await pidOf('sshd');
    await host.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    expect(diffTrees(stock, await host.tree(['/etc', '/var/lib/sftpjail', '/sftp-root']))).toEqual([]);
    expect(await pidOf('sshd')).toBe(sshd);
    await host.run('service', ['rsyslog', 'status']);
  });
});
