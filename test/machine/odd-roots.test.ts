import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { type OddHost, oddHost } from '../support/odd-host.ts';

describeMachine('jails in odd places', (image) => {
  let machine: Machine;
  let host: OddHost;
  beforeAll(async () => {
    machine = await bootMachine(image);
    host = await oddHost(machine);
  });
  afterEach(async () => {
    await machine.attempt('sftpjail', ['uninstall', '--remove-users', '--delete-data', '--yes']);
    await machine.sh('rm -rf /etc/sftpjail /srv/* /sftp-root');
    await host.adminGetsIn();
  });
  afterAll(() => machine?.close());

  const configure = (root: string) =>
    machine.sh('mkdir -p /etc/sftpjail; echo "root: $1" > /etc/sftpjail/config.yaml', { args: [root] });

  test.each([
    {
      root: '/srv/link/jails',
      make: 'mkdir /srv/real; ln -s real /srv/link',
      error: 'root: /srv/link is a symlink, so sshd would refuse every login',
      hint: 'use the path that it leads to: readlink -f /srv/link',
    },
    {
      root: '/srv/team/jails',
      make: 'install -d -m 775 -g games /srv/team',
      error: 'root: /srv/team can be written by others than root (mode 775), so sshd would refuse every login',
      hint: 'chmod go-w /srv/team',
    },
    {
      root: '/srv/carol/jails',
      make: 'install -d -o carol /srv/carol',
      error: 'root: /srv/carol does not belong to root, so sshd would refuse every login',
      hint: 'chown root /srv/carol',
    },
  ])('a root at $root is refused: $make', async ({ root, make, error, hint }) => {
    await machine.sh(make);
    await configure(root);
    expect(await host.refusal()).toEqual({ error, hint });
  });

  // Debian 13's rsyslog sees an empty /home; systemd makes the socket for it.
  test('a root under /home works', async () => {
    await configure('/home/sftp');
    await host.addUser();
    await host.upload();
    await machine.run('systemctl', ['restart', 'rsyslog']);
    await host.upload();
  });

  test('a jail that is a mount of its own is refused, because its log socket could not be linked', async () => {
    await machine.sh('mkdir -p /sftp-root/acme; mount -t tmpfs -o mode=755 tmpfs /sftp-root/acme');
    expect(await host.refusal()).toEqual({
      error: '/sftp-root/acme is a mount of its own, and the log socket cannot be linked into it',
      hint: expect.stringMatching(/^mount it as the data folder instead, for instance \/sftp-root\/NAME\/data, or /),
    });
    await machine.run('umount', ['/sftp-root/acme']);
  });

  test('a jail that becomes a mount later is named by refresh-links, and the others go on', async () => {
    await host.addUser();
    await machine.sh('mkdir -p /sftp-root/late/dev; mount -t tmpfs tmpfs /sftp-root/late; mkdir /sftp-root/late/dev');
    const { exitCode, stderr } = await machine.attempt('sftpjail', ['refresh-links']);
    expect(stderr).toContain(
      '/sftp-root/late/dev/log: the jail stands on another file system or mount than the log socket',
    );
    expect(exitCode).toBe(3);
    await host.upload();
    await machine.run('umount', ['/sftp-root/late']);
  });

  test.each([
    ['a file system of its own', 'mount -t tmpfs tmpfs /sftp-root/acme/data'],
    ['bound from elsewhere', 'mkdir -p /srv/volume; mount --bind /srv/volume /sftp-root/acme/data'],
  ])('a data folder that is %s works, and is not moved away while it is mounted', async (_, mount) => {
    await machine.sh(`mkdir -p /sftp-root/acme/data; ${mount}`);
    await host.addUser();
    await host.upload();
    expect((await machine.run('stat', ['--format=%U:%G %a', '/sftp-root/acme/data'])).stdout).toBe('acme:sftp 2770\n');

    const { exitCode, stderr } = await machine.attempt('sftpjail', ['uninstall', '--remove-users', '--yes']);
    expect(stderr).toContain('sftpjail: hint: umount /sftp-root/acme/data');
    expect(exitCode).toBe(4);
    await host.upload();
    await machine.run('umount', ['/sftp-root/acme/data']);
  });
});
