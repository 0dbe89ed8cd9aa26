import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

/** Everything that `init`, `add-user acme` and `add-admin boss` put on a host: kind, owner, group, mode. */
const LAYOUT = {
  '/etc/sftpjail': 'directory root root 755',
  '/etc/sftpjail/config.yaml': 'regular file root root 640',
  '/etc/sftpjail/users': 'directory root root 750',
  '/etc/sftpjail/users/acme.yaml': 'regular file root root 640',
  '/etc/sftpjail/keys': 'directory root root 755',
  '/etc/sftpjail/keys/acme': 'regular file root root 644',
  '/etc/sftpjail/keys/boss': 'regular file root root 644',
  '/etc/ssh/sshd_config.d/50-sftpjail.conf': 'regular file root root 644',
  '/etc/rsyslog.d/30-sftpjail.conf': 'regular file root root 644',
  '/etc/logrotate.d/sftpjail': 'regular file root root 644',
  '/etc/systemd/system/sftpjail-log.socket': 'regular file root root 644',
  '/etc/systemd/system/sockets.target.wants/sftpjail-log.socket': 'symbolic link root root 777',
  '/etc/systemd/system/rsyslog.service.d': 'directory root root 755',
  '/etc/systemd/system/rsyslog.service.d/10-sftpjail.conf': 'regular file root root 644',
  '/sftp-root': 'directory root root 755',
  '/sftp-root/acme': 'directory root sftp 750',
  '/sftp-root/acme/data': 'directory acme sftp 2770',
  '/sftp-root/acme/dev': 'directory root sftp 750',
  '/sftp-root/acme/dev/log': 'socket root sftp 660',
  '/sftp-root/dev': 'directory root sftp 750',
  '/sftp-root/dev/log': 'socket root sftp 660',
  '/var/lib/sftpjail': 'directory root root 700',
  '/var/lib/sftpjail/layout.json': 'regular file root root 600',
  '/var/lib/sftpjail/made.json': 'regular file root root 600',
  '/var/log/sftp.log': 'regular file root adm 640',
};

describeMachine('what stands on the host', (image) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootMachine(image);
    // The strictest umask that an administrator may have.
    await machine.sh('touch /root/before');
    const key = await makeKeyPair(machine);
    await machine.sh(
      `umask 077
       sftpjail init --yes
       sftpjail add-user acme --key "$1" --mail it@acme.example --log-level DEBUG1
       sftpjail add-admin boss --key "$1"`,
      { args: [`${key.path}.pub`] },
    );
  });
  afterAll(() => machine?.close());

  test.for(Object.entries(LAYOUT))('%s: %s', async ([path, expected]) => {
    const { stdout } = await machine.run('stat', ['--format=%F %U %G %a', path]);
    expect(stdout.replace('regular empty file', 'regular file').trim()).toBe(expected);
  });

  test('and nothing else', async () => {
    const { stdout } = await machine.sh(
      `find /etc /sftp-root /var/lib/sftpjail /var/log /srv /opt /usr -newer /root/before \\( -type f -o -type s -o -type l \\) |
         grep -E 'sftp|acme|boss' | sort`,
    );
    const files = Object.entries(LAYOUT).flatMap(([path, expected]) =>
      expected.startsWith('directory') ? [] : [path],
    );
    expect(stdout.trim().split('\n')).toEqual(files.sort());
  });

  test("a jail's dev/log is the shared socket by another name", async () => {
    const { stdout } = await machine.run('stat', ['--format=%i %h', '/sftp-root/dev/log', '/sftp-root/acme/dev/log']);
    const [shared, link] = stdout.trim().split('\n');
    expect(link).toBe(shared);
    expect(shared).toMatch(/ 2$/);
  });

  test('accounts: files belong to sftp, one group says the role, no shell, no password', async () => {
    const { stdout } = await machine.sh(
      'for name in acme boss; do getent passwd $name; id -Gn $name; getent shadow $name | cut -d: -f2; done',
    );
    const gid = (await machine.sh('getent group sftp | cut -d: -f3')).stdout.trim();
    expect(stdout.trim().split('\n')).toEqual([
      `acme:x:70000:${gid}::/data:/usr/sbin/nologin`,
      'sftp sftp-only',
      '*',
      `boss:x:70001:${gid}::/:/usr/sbin/nologin`,
      'sftp sftp-admin',
      '*',
    ]);
    expect((await machine.sh('cat /etc/subuid /etc/subgid')).stdout).not.toMatch(/acme|boss/);
  });
});
