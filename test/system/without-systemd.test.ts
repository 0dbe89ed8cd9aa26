import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';
import type { SftpWire } from '../support/sftp-wire.ts';
import { diffTrees, type Tree } from '../support/tree.ts';

const PLACES = ['/etc', '/var/lib/sftpjail', '/sftp-root', '/run/sshd', '/run/sshd.pid', '/run/rsyslogd.pid'];

describeOverlay('a host on which nothing brings services up', (suite) => {
  let host: Overlay;
  let customer: Clients;
  let stock: Tree;
  beforeAll(async () => {
    host = await openOverlay(suite);
    customer = new Clients(host, await makeKeyPair(host));
    stock = await host.tree(PLACES);
  });
  afterAll(() => host?.close());

  const pidOf = async (daemon: string) => (await host.attempt('pgrep', ['-o', '-x', daemon])).stdout.trim();
  const inLog = (text: string) =>
    expect.poll(() => host.readFile('/var/log/sftp.log'), { timeout: 15_000 }).toContain(text);
  const upload = (name: string) => customer.sftpBatch('acme', [`put /etc/hostname ${name}`]);

  async function restartRsyslogd(): Promise<void> {
    await host.sh(
      'pid=$(cat /run/rsyslogd.pid); kill "$pid"; while [ -d "/proc/$pid" ]; do sleep 0.02; done; rsyslogd',
    );
    await host.sh('until [ -S /sftp-root/dev/log ]; do sleep 0.02; done');
  }

  test('an init that fails or is killed leaves nothing running that did not run before', async () => {
    const init = (fault: string) =>
      host.attempt('sftpjail', ['init', '--yes'], {
        env: { NODE_OPTIONS: '--require=/opt/test-support/fault.cjs', SFTPJAIL_FAULT: fault },
      });
    await init('count:/run/count');
    const touches = (await host.readFile('/run/count')).trim().split('\n').slice(1);
    await host.sh('sftpjail uninstall --yes; rm -f /var/log/sftp.log');
    const first = touches.findIndex((line) => line.includes('/var/lib/sftpjail/started-')) + 1;
    expect(first).toBeGreaterThan(1);
    // The last two touches tidy up after a command that is done. What fails in one suite is a kill in the other.
    for (let n = first; n < touches.length - 1; n++) {
      const kills = (n % 2 === 0) === (suite === 'bookworm');
      const { exitCode } = await init(`${kills ? 'kill' : 'fail'}:${n}`);
      const told = `${kills ? 'kill' : 'fail'}:${n} ${touches[n - 1]}`;
      expect(exitCode, told).toBe(kills ? 137 : 5);
      if (kills) await host.sftpjail('recover');
      expect(diffTrees(stock, await host.tree(PLACES)), told).toEqual([]);
      expect([await pidOf('sshd'), await pidOf('rsyslogd')], told).toEqual(['', '']);
    }
  });

  test('init starts sshd and rsyslogd itself and says so', async () => {
    const { stderr } = await host.sftpjail('init', '--yes');
    expect(stderr).toContain('note: nothing brings services up on this host: sshd and rsyslogd are started');
    expect(await pidOf('sshd')).toMatch(/^\d+$/);
    expect(await pidOf('rsyslogd')).toMatch(/^\d+$/);
    expect((await host.sftpjail('init', '--yes', '--json')).stdout).toContain('"changed":false');
  });

  test('a customer uploads, and it is on record', async () => {
    await host.sftpjail('add-user', 'acme', '--key', '/root/.ssh/customer.pub');
    expect(await upload('first')).toMatchObject({ exitCode: 0 });
    await inLog('close "/data/first" bytes read 0 written');
  });

  test('the doctor finds nothing wrong, says what it cannot look at, and proves it by an upload', async () => {
    expect((await host.sftpjail('doctor', '--quiet')).stdout).toMatch(
      /^not checked writes: without systemd there is no journal to ask\nWhat could be looked at is as it should be: \d+ checks\.\n$/,
    );
    expect((await host.sftpjail('doctor', '--probe', '--login')).stdout).toBe(
      'The line of every account arrived in /var/log/sftp.log.\nA new customer could log in and upload, and is on record.\n',
    );
  });

  test("a restart of rsyslogd leaves the jails' links stale, and the hook that render-config prints mends them", async () => {
    const open: SftpWire = await customer.wire('acme');
    await open.put('/data/before', 'x');
    await inLog('close "/data/before"');

    await restartRsyslogd();
    expect((await host.sftpjail('list-users')).stdout).toMatch(/acme .*stale/);
    await open.put('/data/unheard', 'x');

    const { stdout: hook } = await host.sftpjail('render-config', 'refresh-links hook');
    expect(hook).toMatch(
      /^# after every start of rsyslogd:\n\/usr\/bin\/node \/opt\/sftpjail\/bin\/sftpjail\.js refresh-links/,
    );
    await host.sh('eval "$1"', { args: [hook] });

    await open.put('/data/still-open', 'x');
    await open.close();
    await inLog('close "/data/still-open"');
    await inLog('session closed for local user acme');
    expect(await upload('new-session')).toMatchObject({ exitCode: 0 });
    await inLog('close "/data/new-session"');
    expect(await host.readFile('/var/log/sftp.log')).not.toContain('unheard');
  });

  test('a lock ends the sessions here too, but cannot end by itself', async () => {
    const open = await customer.wire('acme');
    const until = await host.attempt('sftpjail', ['lock-user', 'acme', '--until', '2099-12-31']);
    expect(until).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('let cron or at run on that day') });
    expect((await open.stat('/data')).attrs).toBeDefined();
    await host.sftpjail('lock-user', 'acme');
    await expect(open.stat('/data')).rejects.toThrow();
    expect((await upload('locked')).exitCode).toBe(255);
    await host.sftpjail('unlock-user', 'acme');
    expect((await upload('unlocked')).exitCode).toBe(0);
  });

  test('uninstall stops what init started', async () => {
    await host.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    expect([await pidOf('sshd'), await pidOf('rsyslogd')]).toEqual(['', '']);
    expect(diffTrees(stock, await host.tree(PLACES))).toEqual([]);
  });

  test('and leaves running what ran before', async () => {
    await host.sh('mkdir -p /run/sshd; /usr/sbin/sshd; rsyslogd; until pgrep -x rsyslogd; do sleep 0.02; done');
    await host.sh('until [ -s /run/sshd.pid ]; do sleep 0.02; done');
    const sshd = await pidOf('sshd');
    await host.sftpjail('init', '--yes');
    expect(await pidOf('sshd')).toBe(sshd);
    await host.sftpjail('uninstall', '--yes');
    expect(await pidOf('sshd')).toBe(sshd);
    expect(await pidOf('rsyslogd')).toMatch(/^\d+$/);
    expect((await host.attempt('test', ['-e', '/sftp-root'])).exitCode).toBe(1);
  });
});
