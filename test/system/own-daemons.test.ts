import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';

describeOverlay('daemons that somebody started in a way of their own', (image) => {
  let host: Overlay;
  beforeAll(async () => {
    host = await openOverlay(image);
  });
  afterAll(() => host?.close());

  const pids = async (daemon: string) => (await host.attempt('pgrep', ['-x', daemon])).stdout.trim().split('\n');

  test('a container whose first process is rsyslogd is left alone', async () => {
    const container = `
      (until [ "$(cat /proc/1/comm)" = rsyslogd ]; do sleep 0.02; done
       sftpjail init --yes > /root/said 2>&1; echo "status $?" >> /root/said; kill 1) &
      exec rsyslogd -n -iNONE`;
    await host.attempt('unshare', ['--pid', '--fork', '--mount-proc', 'sh', '-c', container]);
    const said = await host.readFile('/root/said');
    expect(said).toContain('error: rsyslogd is process 1 here: to restart it would end this container');
    expect(said).toMatch(/^status 4$/m);
    expect((await host.attempt('test', ['-e', '/sftp-root'])).exitCode).toBe(1);
  });

  test('are found without their usual pid files, and no second one is started', async () => {
    await host.sh(`
      mkdir -p /run/sshd
      /usr/sbin/sshd -o PidFile=none
      rsyslogd -i /run/of-its-own.pid
      until pgrep -x rsyslogd && pgrep -x sshd; do sleep 0.02; done
    `);
    const sshd = await pids('sshd');
    await host.sftpjail('init', '--yes');
    expect(await pids('sshd')).toEqual(sshd);
    expect(await pids('rsyslogd')).toHaveLength(1);
    expect((await host.readFile('/run/of-its-own.pid')).trim()).toBe((await pids('rsyslogd'))[0]);
  });

  test('and stay when we go', async () => {
    const sshd = await pids('sshd');
    await host.sftpjail('uninstall', '--yes');
    expect(await pids('sshd')).toEqual(sshd);
    expect(await pids('rsyslogd')).toEqual([expect.stringMatching(/^\d+$/)]);
  });
});
