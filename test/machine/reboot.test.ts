import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

const HOOK = '/etc/systemd/system/rsyslog.service.d/10-sftpjail.conf';
/** A program that even a polite kill does not end. */
const STUBBORN = `echo "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"`;

describeMachine('rsyslog and the links of the jails', (image) => {
  let machine: Machine;
  let clients: Clients;
  beforeAll(async () => {
    machine = await bootMachine(image);
    clients = await addCustomers(machine, 'acme', 'bolt');
  });
  afterAll(() => machine?.close());

  const inode = async (path: string) => (await machine.run('stat', ['--format=%i', path])).stdout.trim();
  const log = () => machine.readFile('/var/log/sftp.log');

  /** Uploads a file of that name, and waits until the log tells of it. */
  async function upload(user: string, name: string): Promise<void> {
    expect(await clients.sftpBatch(user, [`put /etc/hostname /data/${name}`])).toMatchObject({ exitCode: 0 });
    await machine.sh('until grep -q "close \\"/data/$1\\" .* written" /var/log/sftp.log; do sleep 0.05; done', {
      args: [name],
      timeout: 20_000,
    });
  }

  test('the first session after a reboot is on record from its first line on', async () => {
    const before = await inode('/sftp-root/dev/log');
    await machine.reboot();
    await upload('acme', 'after-reboot');
    const lines = (await log()).split('\n');
    const opened = lines.findIndex((line) => line.includes('session opened for local user acme'));
    expect(lines[opened - 1]).toMatch(/Starting session: forced-command \(config\) 'internal-sftp .*' for acme from/);
    expect(lines.slice(opened).join('\n')).toContain('open "/data/after-reboot"');
    expect(await inode('/sftp-root/dev/log')).not.toBe(before);
    expect(await inode('/sftp-root/acme/dev/log')).toBe(await inode('/sftp-root/dev/log'));
  });

  test.each([
    [
      'another socket',
      'rm "$1"; node -e "require(\'net\').createServer().listen(process.argv[1], () => process.kill(process.pid))" "$1" || true',
    ],
    ['something else', 'rm "$1"; mkfifo "$1"'],
    ['nothing', 'rm "$1"'],
  ])('a link that leads to %s is mended when rsyslog is restarted', async (_, spoil) => {
    const link = '/sftp-root/bolt/dev/log';
    await machine.sh(spoil, { args: [link] });
    await machine.run('systemctl', ['restart', 'rsyslog']);
    expect(await inode(link)).toBe(await inode('/sftp-root/dev/log'));
    expect((await machine.run('ls', ['-A', '/sftp-root/bolt/dev'])).stdout).toBe('log\n');
    await upload('bolt', `mended-${_.replace(' ', '-')}`);
  });

  test.each([
    ['is gone', 'rm bin/sftpjail.js'],
    ['cannot be parsed', 'echo "(" > bin/sftpjail.js'],
    ['fails', 'echo "process.exit(1)" > bin/sftpjail.js'],
    // The units allow it 20 seconds and 5 more; a test need not wait that long.
    ['never ends', `${STUBBORN} > bin/sftpjail.js; sed -i "s/=5 20 /=1 1 /" "$1"; systemctl daemon-reload`],
    ['has lost its Node', 'sed -i "s|/usr/bin/node|/nowhere/node|" "$1"; systemctl daemon-reload'],
  ])('a sftpjail that %s does not keep rsyslog from starting', async (broken, spoil) => {
    // The build is bound read-only: what is spoiled is a copy in its place.
    const copy = 'cp "$1" /root/hook; rm -rf /root/copy; cp -r /opt/sftpjail /root/copy';
    await machine.sh(`${copy}; mount --bind /root/copy /opt/sftpjail; cd /root/copy; ${spoil}`, { args: [HOOK] });
    try {
      await machine.run('systemctl', ['restart', 'rsyslog'], { timeout: 15_000 });
      expect((await machine.attempt('systemctl', ['is-active', 'rsyslog'])).stdout).toBe('active\n');
      await upload('acme', `although-it-${broken.replaceAll(' ', '-')}`);
    } finally {
      await machine.sh('umount /opt/sftpjail; cp /root/hook "$1"; systemctl daemon-reload', { args: [HOOK] });
    }
  });
});
