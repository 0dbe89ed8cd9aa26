import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openHostOverlay, openOverlay } from '../support/overlay.ts';

describeOverlay('an overlay', (suite) => {
  let overlay: Overlay;
  beforeAll(async () => {
    overlay = await openOverlay(suite);
  });
  afterAll(() => overlay?.close());

  test('keeps what one command leaves for the next, and has no systemd', async () => {
    await overlay.run('useradd', ['--uid', '70001', 'acme']);
    expect((await overlay.run('id', ['-u', 'acme'])).stdout).toBe('70001\n');
    expect((await overlay.attempt('test', ['-e', '/run/systemd/system'])).exitCode).toBe(1);
    expect((await overlay.run('ip', ['-br', 'link'])).stdout).toMatch(/^lo\s+UNKNOWN.*\n$/);
  });

  test('runs sshd by hand', async () => {
    await overlay.sh(
      'mkdir -p /run/sshd; /usr/sbin/sshd; until ss -Hltn "sport = :22" | grep -q LISTEN; do sleep 0.02; done',
    );
  });

  test('runs the programs made for the tests', async () => {
    const sent = await overlay.run('/opt/test-support/bin/syslog-rate', ['/', '0:0', '5', '1000']);
    expect(JSON.parse(sent.stdout)).toMatchObject({ sent: 5 });
    const holder = overlay.spawn('/opt/test-support/bin/hold-lock', ['60']);
    await new Promise((resolve) => holder.process.stdout?.once('data', resolve));
    const refused = await overlay.attempt('timeout', ['1', '/opt/test-support/bin/hold-lock', '0']);
    expect(refused.exitCode).toBe(124);
    holder.kill();
    expect((await holder.done).exitCode).toBe(143);
    expect((await overlay.run('/opt/test-support/bin/hold-lock', ['0'])).stdout).toBe('locked\n');
  });
});

describeOverlay('an overlay of this host', () => {
  test('takes changes and loses them', async () => {
    const overlay = await openHostOverlay();
    try {
      await overlay.writeFile('/etc/sftpjail-harness', 'x');
      expect(await overlay.readFile('/etc/sftpjail-harness')).toBe('x');
      await expect(overlay.run('test', ['-e', `/proc/${process.pid}`])).rejects.toThrow();
    } finally {
      await overlay.close();
    }
  });
}, ['bookworm-bare']);
