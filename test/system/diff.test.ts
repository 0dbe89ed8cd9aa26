import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOverlay } from '../support/describe.ts';
import { type Overlay, openOverlay } from '../support/overlay.ts';

describeOverlay('render-config --diff', (image) => {
  let host: Overlay;
  beforeAll(async () => {
    host = await openOverlay(image);
    await host.sh('sftpjail init --yes');
  });
  afterAll(() => host?.close());

  const diff = (...words: string[]) => host.attempt('sftpjail', ['render-config', '--diff', ...words]);

  test('says nothing of a host that is as it should be', async () => {
    expect(await diff()).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  test('shows content, owners, modes and what is missing', async () => {
    await host.sh(`
      echo '# mine' >> /etc/logrotate.d/sftpjail
      chmod 0666 /etc/rsyslog.d/30-sftpjail.conf
      chown daemon /etc/ssh/sshd_config.d/50-sftpjail.conf
      rmdir /etc/sftpjail/keys
    `);
    const { exitCode, stdout, stderr } = await diff();
    expect(exitCode).toBe(3);
    expect(stdout).toContain('\n-# mine\n');
    expect(stdout.split('\n').filter((line) => /^ {2}[+~]/.test(line))).toEqual([
      '  + directory /etc/sftpjail/keys (owner root, group root, 0755)',
      '  ~ file /etc/ssh/sshd_config.d/50-sftpjail.conf (owner daemon -> root)',
      '  ~ file /etc/rsyslog.d/30-sftpjail.conf (mode 0666 -> 0644)',
    ]);
    expect(stderr).toContain('error: 4 of our files differ');
  });

  test('of one file tells of that file alone, and to programs too', async () => {
    const { exitCode, stdout } = await diff('30-sftpjail.conf', '--json');
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ differs: true, files: [] },
      changes: [{ kind: 'file', at: '/etc/rsyslog.d/30-sftpjail.conf', before: { mode: '0666' } }],
    });
    expect(stdout).not.toContain('content');
  });

  test('has nothing to say once init has mended it', async () => {
    await host.sh('sftpjail init --yes');
    expect(await diff()).toMatchObject({ exitCode: 0, stdout: '' });
  });
});
