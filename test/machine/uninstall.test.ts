import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { OPEN } from '../support/sftp-codes.ts';
import { diffTrees, type Tree } from '../support/tree.ts';

const KEY = ['--key', '/root/.ssh/customer.pub'];
const PLACES = ['/etc', '/var/lib/sftpjail', '/sftp-root'];

describeMachine('uninstall', (suite) => {
  let machine: Machine;
  let customer: Clients;
  let stock: Tree;
  beforeAll(async () => {
    machine = await bootMachine(suite);
    customer = new Clients(machine, await makeKeyPair(machine));
    stock = await machine.tree(PLACES);
  });
  afterAll(() => machine?.close());

  const differences = async () => diffTrees(stock, await machine.tree(PLACES));
  const logged = () => machine.readFile('/var/log/sftp.log');
  const upload = (name: string) => customer.sftpBatch('acme', [`put /etc/hostname ${name}`]);

  async function traces(): Promise<string> {
    const found = await machine.sh(
      `set +e; systemctl list-units --all --plain --no-legend 'sftpjail*'; systemctl list-unit-files --no-legend 'sftpjail*'
       grep sftp-root /proc/mounts /proc/net/unix; pgrep -f '[s]ftpjail.js'; ls -d /run/sftpjail* 2>&-; true`,
    );
    return found.stdout;
  }

  test('without customers leaves no trace', async () => {
    await machine.sftpjail('init', '--yes');
    expect(await differences()).not.toEqual([]);
    const { stderr } = await machine.sftpjail('uninstall', '--yes');
    expect(await differences()).toEqual([]);
    expect(await traces()).toBe('');
    expect(stderr).not.toContain('The log stays');
  });

  test('with --remove-users --delete-data leaves nothing but the log', async () => {
    await machine.sftpjail('add-user', 'acme', ...KEY, '--yes');
    expect(await upload('gone')).toMatchObject({ exitCode: 0 });
    const { stderr } = await machine.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    expect(await differences()).toEqual([]);
    expect(await traces()).toBe('');
    expect(stderr).toContain('The log stays: /var/log/sftp.log');
    expect(await logged()).toContain('close "/data/gone"');
  });

  test('locks the accounts, ends their sessions and counts the bytes that a running upload had brought', async () => {
    await machine.sftpjail('add-user', 'acme', ...KEY, '--yes');
    expect(await upload('whole')).toMatchObject({ exitCode: 0 });
    const slow = await customer.wire('acme');
    const handle = (await slow.open('/data/half', OPEN.write | OPEN.creat)).handle as Buffer;
    await slow.write(handle, 0, Buffer.alloc(12_345));

    const { stderr } = await machine.sftpjail('uninstall', '--yes');
    expect(stderr).toContain('these accounts remain, locked: acme');
    expect(stderr).toContain('The log stays: /var/log/sftp.log');
    await expect(slow.stat('/data')).rejects.toThrow();
    expect(await logged()).toMatch(/forced close "\/data\/half" bytes read 0 written 12345\n/);
    expect(await logged()).toContain('session closed for local user acme');
  });

  test('and they cannot log in, although sshd knows nothing of jails any more', async () => {
    expect((await machine.run('sshd', ['-T', '-C', 'user=acme,host=h,addr=127.0.0.1'])).stdout).toContain(
      'chrootdirectory none',
    );
    // Where the key would be found even now, what keeps the customer out is the lock alone.
    await machine.sh(
      'echo "AuthorizedKeysFile /etc/sftpjail/keys/%u" > /etc/ssh/sshd_config.d/20-keys.conf; systemctl reload ssh',
    );
    // An attempt in the moment of the reload fails for that alone.
    const refusal = async () => {
      const { exitCode } = await upload('after');
      expect(exitCode).not.toBe(0);
      return (await machine.run('journalctl', ['--unit', 'ssh'])).stdout;
    };
    await expect.poll(refusal, { timeout: 30_000, interval: 500 }).toContain('account acme has expired');
    expect(await customer.sshTry('acme', ['-N', '-o', 'PreferredAuthentications=publickey'])).toMatchObject({
      exitCode: 255,
    });
    expect((await machine.run('id', ['-Gn', 'acme'])).stdout).toBe('sftp sftp-only\n');
    expect((await machine.run('ls', ['/sftp-root/acme/data'])).stdout).toBe('half\nwhole\n');
    await machine.sh('rm /etc/ssh/sshd_config.d/20-keys.conf; systemctl reload ssh');
    expect(await traces()).toBe('');
  });

  test('with --remove-users keeps the uploads for root alone', async () => {
    await machine.sftpjail('uninstall', '--yes', '--remove-users');
    const changed = await differences();
    expect(changed.filter((line) => !line.startsWith('+ /sftp-root'))).toEqual([]);
    const kept = (await machine.run('find', ['/sftp-root', '-name', 'whole'])).stdout.trim();
    expect(kept).toMatch(/^\/sftp-root\/\.removed\/acme\.\d{8}T\d{6}Z\/data\/whole$/);
    expect((await machine.run('stat', ['-c', '%a %U %G', '/sftp-root/.removed'])).stdout).toBe('700 root root\n');
    expect((await machine.attempt('id', ['acme'])).exitCode).toBe(1);
    expect(await traces()).toBe('');
  });

  test('so the next customer of that name gets another uid and none of the old files', async () => {
    await machine.sftpjail('add-user', 'acme', ...KEY, '--yes');
    const owner = (await machine.sh('stat -c %u /sftp-root/.removed/acme.*/data')).stdout;
    expect(owner).toBe('70000\n');
    expect((await machine.run('id', ['-u', 'acme'])).stdout).toBe('70001\n');
    const seen = await customer.sftpBatch('acme', ['ls -la /data', '-ls /.removed', '-ls /../.removed']);
    expect(seen.stdout).not.toMatch(/whole|half/);
    expect((await upload('new')).exitCode).toBe(0);
  });

  test('leaves alone what was there before init, and what was written by hand', async () => {
    await machine.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    await machine.sh(
      'groupadd sftp; mkdir -p -m 755 /sftp-root/notes; install -d /etc/systemd/system/rsyslog.service.d',
    );
    const earlier = await machine.tree(PLACES);
    await machine.sftpjail('init', '--yes');
    await machine.sh('echo "log: { rotate: { keep: 4 } }" >> /etc/sftpjail/config.yaml');
    const { stderr } = await machine.sftpjail('uninstall', '--yes', '--remove-users');
    expect(stderr).toContain('/etc/sftpjail/config.yaml was written by hand and stays');
    expect(diffTrees(earlier, await machine.tree(PLACES)).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(
      ['+ /etc/sftpjail', '+ /etc/sftpjail/config.yaml'],
    );
  });
});
