import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { heard } from '../support/heard.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { OPEN } from '../support/sftp-codes.ts';
import { diffTrees } from '../support/tree.ts';

const KEY = ['--key', '/root/.ssh/customer.pub'];
const PASSWORD = 'correct horse battery';
const HOST = ['/etc', '/sftp-root', '/var/lib/sftpjail'];

/** 100,000 files, folders deeper than a path can be long, names that are no UTF-8, and symlinks to all that is dear. */
const FILL = `
const fs = require('node:fs');
process.chdir(process.argv[1]);
for (let folder = 0; folder < 100; folder++) {
  fs.mkdirSync('many' + folder);
  for (let file = 0; file < 1000; file++) fs.writeFileSync('many' + folder + '/' + file, '');
}
fs.mkdirSync('farm');
for (const [name, target] of Object.entries({
  etc: '/etc', up: '../../..', neighbour: '../../globex/data', passwd: '/etc/passwd', loop: '.', removed: '/sftp-root/.removed',
  precious: '/srv/precious', file: '/srv/precious/kept',
})) fs.symlinkSync(target, 'farm/' + name);
fs.linkSync('/sftp-root/globex/data/order', 'farm/hard');
fs.writeFileSync(Buffer.from([0x66, 0xfc, 0xff]), '');
for (let depth = 0; depth < 60; depth++) {
  fs.mkdirSync('d'.repeat(200));
  process.chdir('d'.repeat(200));
  fs.writeFileSync('at-' + depth, '');
}
`;

/** Stands in for userdel, so that a mount comes when the jail has been moved aside and is about to be deleted. */
const MOUNTING_USERDEL = `#!/bin/sh -e
mount --bind /srv/precious "$(ls -d /sftp-root/.removed/acme.* | tail -n 1)/data/a/b"
exec /usr/sbin/userdel "$@"
`;

describeMachine('remove-user', (image) => {
  let machine: Machine;
  let clients: Clients;
  beforeAll(async () => {
    machine = await bootMachine(image);
    clients = new Clients(machine, await makeKeyPair(machine));
    // In memory, because the overlay of a test takes half a minute to make 100,000 files.
    await machine.sh('mkdir /sftp-root; mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /sftp-root');
    await machine.sftpjail('init', '--yes');
    await machine.sftpjail('add-user', 'globex', ...KEY);
    await machine.run('sftpjail', ['add-user', 'acme', ...KEY, '--mail', 'it@acme.test', '--password-stdin'], {
      input: PASSWORD,
    });
    await machine.sftpjail('add-admin', 'boss', ...KEY);
    await machine.sh('install -d /srv/precious; echo kept > /srv/precious/kept');
  });
  afterAll(() => machine?.close());

  const remove = (...args: string[]) => machine.attempt('sftpjail', ['remove-user', ...args]);
  const logged = () => machine.readFile('/var/log/sftp.log');
  const dropIn = () => machine.readFile('/etc/ssh/sshd_config.d/50-sftpjail.conf');

  async function refusedWith(words: string, args: readonly string[] = ['acme', '--yes']): Promise<void> {
    const before = await machine.tree(HOST);
    const { exitCode, stderr } = await remove(...args);
    expect(stderr).toContain(words);
    expect(exitCode).toBe(4);
    expect(diffTrees(before, await machine.tree(HOST))).toEqual([]);
  }

  test('asks, and is refused while anything is or will be mounted in the jail', async () => {
    await machine.sh('id acme; passwd --status acme');
    await refusedWith('nobody can be asked', ['acme']);
    await refusedWith('nobody can be asked', ['acme', '--delete-data']);
    await refusedWith('is not one of ours', ['daemon', '--yes']);
    const before = await machine.tree(HOST);
    const { stdout } = await machine.sftpjail('remove-user', 'acme', '--dry-run', '--delete-data');
    expect(stdout).toMatch(/ ~ lock acme\n.* end the sessions of acme\n/);
    expect(stdout).toMatch(/- account acme\n.*- tree \/sftp-root\/\.removed\/acme\.\S+\n/);
    expect(diffTrees(before, await machine.tree(HOST))).toEqual([]);

    await machine.sh('mkdir /sftp-root/acme/data/volume; mount --bind /srv/precious /sftp-root/acme/data/volume');
    await refusedWith('/sftp-root/acme/data/volume is a mount of its own');
    await refusedWith('is a mount of its own', ['acme', '--yes', '--delete-data']);
    await machine.sh(
      'umount /sftp-root/acme/data/volume; echo "/srv/precious /sftp-root/acme/data/volume/ none bind,noauto" >> /etc/fstab',
    );
    await refusedWith('/etc/fstab:');
    await machine.sh(`sed -i /acme/d /etc/fstab
      echo "/sftp-root/acme/data /mnt none bind,noauto" >> /etc/fstab`);
    await refusedWith('names /sftp-root/acme/data, which would be missing at the next boot');
    await machine.sh(`sed -i /acme/d /etc/fstab; rmdir /sftp-root/acme/data/volume
      printf '[Mount]\\nWhat=/srv/precious\\nWhere=/sftp-root/acme/data\\n' > '/etc/systemd/system/sftp\\x2droot-acme-data.mount'`);
    await refusedWith('/etc/systemd/system/sftp\\x2droot-acme-data.mount:3 names');
    await machine.sh("rm '/etc/systemd/system/sftp\\x2droot-acme-data.mount'");
  });

  test('ends the sessions, counts their last bytes, and keeps the uploads for root alone', async () => {
    expect(await dropIn()).toContain('Match User acme\n  PasswordAuthentication yes');
    const slow = await clients.wire('acme');
    const handle = (await slow.open('/data/half', OPEN.write | OPEN.creat)).handle as Buffer;
    await slow.write(handle, 0, Buffer.alloc(12_345));
    await machine.sh(
      'echo old > /sftp-root/acme/data/secret; chown acme /sftp-root/acme/data/secret; chmod 664 /sftp-root/acme/data/secret',
    );
    const neighbour = await clients.wire('globex');
    const boss = await clients.wire('boss');
    const held = (await boss.open('/acme/data/secret', OPEN.write)).handle as Buffer;
    // Root's own work in the jail is none of our business, and not ended.
    const holder = machine.spawn('sh', ['-c', 'cd /sftp-root/acme/data; exec 3< secret; sleep 1000']);

    const { stdout } = await machine.run('sftpjail', ['remove-user', 'acme', '--yes', '--json']);
    const { changed, kept } = JSON.parse(stdout) as { changed: boolean; kept: string };
    expect(changed).toBe(true);
    expect(kept).toMatch(/^\/sftp-root\/\.removed\/acme\.\d{8}T\d{6}Z$/);
    expect(await logged()).toMatch(/forced close "\/data\/half" bytes read 0 written 12345\n/);
    await expect(slow.stat('/data')).rejects.toThrow();
    expect((await neighbour.stat('/data')).attrs).toBeDefined();
    await neighbour.close();
    // Who had a file of the jail open goes on with it, and reaches no other there.
    expect(await boss.write(held, 0, Buffer.from('new'))).toMatchObject({ status: 'ok' });
    expect(await boss.stat('/acme/data/secret')).toMatchObject({ status: 'no such file' });
    await boss.close();
    expect(holder.process.exitCode).toBe(null);
    holder.kill();

    const left = await machine.sh(
      `stat -c '%a %U %G' /sftp-root/.removed "$1"; ls -A "$1"; cat "$1/data/secret"; stat -c %u "$1/data"
       id acme 2>&1 || true; ls -A /etc/sftpjail/keys /etc/sftpjail/users /sftp-root; grep -c acme /etc/shadow || true`,
      { args: [kept] },
    );
    expect(left.stdout.split('\n')).toEqual([
      ...['700 root root', '700 root root', 'data', 'new', '70001', 'id: ‘acme’: no such user'],
      ...['/etc/sftpjail/keys:', 'boss', 'globex', '', '/etc/sftpjail/users:', ''],
      ...['/sftp-root:', '.removed', 'dev', 'globex', '0', ''],
    ]);
    expect(await dropIn()).not.toContain('acme');
    expect((await clients.sftpBatch('acme', ['ls'])).exitCode).toBe(255);
    expect((await clients.sftpBatch('globex', ['ls'])).exitCode).toBe(0);
    const again = await machine.run('sftpjail', ['remove-user', 'acme', '--yes', '--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({ changed: false, kept: null, changes: [] });
  });

  test('the next of that name has another uid and reaches nothing of the old files', async () => {
    await machine.sftpjail('add-user', 'acme', ...KEY);
    expect((await machine.run('id', ['-u', 'acme'])).stdout).toBe('70003\n');
    const seen = await clients.sftpBatch('acme', ['ls -la', '-ls /.removed', '-get ../../.removed', '-get secret']);
    expect(seen.stdout).not.toMatch(/old|half|:.. secret/);
    expect(seen.stderr).toMatch(/"\/\.removed" not found.*"\/data\/secret" not found/s);
    const all = await clients.sftpBatch('boss', ['-ls /.removed', '-cd /.removed', 'ls /acme/data']);
    expect(all.stderr).toMatch(/Permission denied/);
    // Twice within a second, and both are kept.
    for (let time = 0; time < 2; time++) {
      await machine.sftpjail('remove-user', 'acme', '--yes', '--quiet');
      await machine.sftpjail('add-user', 'acme', ...KEY, '--quiet');
    }
    expect((await machine.sh('ls -d /sftp-root/.removed/acme.* | wc -l')).stdout).toBe('3\n');
    await machine.sftpjail('remove-user', 'boss', '--yes');
    expect((await machine.attempt('id', ['boss'])).exitCode).toBe(1);
  });

  test('--delete-data deletes all that is in the jail and not a byte beside it', async () => {
    await machine.sh('echo bricks > /sftp-root/globex/data/order');
    await machine.run('node', ['-e', FILL, '/sftp-root/acme/data']);
    await machine.sh('chown -hR acme:sftp /sftp-root/acme/data/*');
    const places = ['/etc', '/srv', '/root', '/sftp-root/globex', '/sftp-root/.removed'];
    const before = await machine.tree(places, ['/etc/sftpjail/keys/acme']);
    const { stderr } = await machine.sftpjail('remove-user', 'acme', '--yes', '--delete-data');
    expect(stderr).toContain('acme is removed.');
    const changed = diffTrees(before, await machine.tree(places)).map((line) => line.split(' ').slice(0, 2).join(' '));
    expect(changed.filter((line) => !/^[~+-] \/etc\/(passwd|shadow|group|gshadow|sub[ug]id)-?$/.test(line))).toEqual(
      [],
    );
    expect((await machine.sh('ls -A /sftp-root')).stdout).toBe('.removed\ndev\nglobex\n');
  });

  test('nor does it cross a mount that came while it was under way; recover ends it', async () => {
    await machine.sftpjail('add-user', 'acme', ...KEY);
    await machine.sh('cd /sftp-root/acme/data; mkdir -p a/b c; touch c/x');
    await machine.writeFile('/usr/local/sbin/userdel', MOUNTING_USERDEL, 0o755);
    const { exitCode, stderr } = await remove('acme', '--yes', '--delete-data');
    expect(stderr).toContain('something is mounted below /sftp-root/.removed/acme.');
    expect(exitCode).toBe(6);
    expect(await machine.readFile('/srv/precious/kept')).toBe('kept\n');
    await machine.sh('umount $(findmnt -rno TARGET | grep /sftp-root/.removed); rm /usr/local/sbin/userdel');
    expect((await machine.sftpjail('recover')).stderr).toContain('Finished: remove-user acme');
    expect((await machine.sh('ls -A /sftp-root /srv/precious')).stdout).toBe(
      '/sftp-root:\n.removed\ndev\nglobex\n\n/srv/precious:\nkept\n',
    );
  });

  test('--keep-account leaves an account that can do nothing', async () => {
    await machine.sh('groupadd staffers; usermod --append --groups staffers globex');
    await machine.sftpjail('remove-user', 'globex', '--yes', '--keep-account');
    expect((await machine.run('id', ['-Gn', 'globex'])).stdout).toBe('nogroup staffers\n');
    expect((await machine.run('chage', ['--list', 'globex'])).stdout).toMatch(/Account expires\s*: Jan 02, 1970/);
    expect((await machine.sh('ls -A /sftp-root')).stdout).toBe('.removed\ndev\n');
    await refusedWith('is not one of ours', ['globex', '--yes']);
  });

  test('a terminal has to type the name before files are deleted', async () => {
    await machine.sftpjail('add-user', 'hooli', ...KEY);
    const type = async (answer: string) => {
      const command = 'sftpjail remove-user hooli --delete-data';
      const terminal = machine.spawn('timeout', ['60', 'script', '-qefc', command, '/dev/null'], {
        env: { TERM: 'xterm' },
      });
      const shown = heard(terminal);
      await expect.poll(shown, { timeout: 30_000 }).toContain('Type hooli to do this:');
      terminal.process.stdin?.write(`${answer}\r`);
      const { exitCode } = await terminal.done;
      return exitCode;
    };
    expect(await type('y')).toBe(4);
    expect((await machine.run('id', ['-u', 'hooli'])).stdout).toMatch(/^7/);
    expect(await type('hooli')).toBe(0);
    expect((await machine.attempt('id', ['hooli'])).exitCode).toBe(1);
  });

  test('what is left of somebody whose account was removed by hand goes the same way', async () => {
    await machine.sftpjail('add-user', 'initech', ...KEY);
    await machine.sh('userdel initech');
    await machine.sftpjail('remove-user', 'initech', '--yes');
    expect(
      (await machine.sh('ls -A /etc/sftpjail/keys /sftp-root; ls -d /sftp-root/.removed/initech.*')).stdout,
    ).toMatch(/^\/etc\/sftpjail\/keys:\n\n\/sftp-root:\n\.removed\ndev\n\/sftp-root\/\.removed\/initech\.\S+\n$/);
  });
});
