import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, type KeyPair, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

describeMachine('folders that are made for customers', (image) => {
  let machine: Machine;
  let pair: KeyPair;
  let clients: Clients;
  beforeAll(async () => {
    machine = await bootMachine(image);
    pair = await makeKeyPair(machine);
    clients = new Clients(machine, pair);
    await machine.sftpjail('init', '--yes');
  });
  afterAll(() => machine?.close());

  const add = (name: string, ...more: string[]) =>
    machine.attempt('sftpjail', ['add-user', name, '--key', `${pair.path}.pub`, '--yes', '--json', ...more]);
  const said = async (name: string, ...commands: string[]) => (await clients.sftpBatch(name, commands)).stdout;
  const mounts = async () =>
    (await machine.sh('findmnt -rno TARGET,OPTIONS | grep /sftp-root/ || true')).stdout.trimEnd().split('\n');

  test('below data they are its customer’s, each in the one that it lies in', async () => {
    expect(await add('acme', '--folder', 'in', '--folder', 'out/2027')).toMatchObject({ exitCode: 0 });
    const { stdout } = await machine.sh('cd /sftp-root/acme/data; stat -c "%n %U:%G %a" in out out/2027');
    expect(stdout).toBe('in acme:sftp 2770\nout acme:sftp 2770\nout/2027 acme:sftp 2770\n');
    expect(await said('acme', 'put /etc/hostname out/2027/', 'ls -1 out/2027')).toContain('out/2027/hostname');
    expect(JSON.parse((await add('acme', '--folder', 'in')).stdout)).toMatchObject({ changed: false, changes: [] });
  });

  test('whatever a customer puts in their place leads nowhere else, and stays', async () => {
    const plant = `cd /sftp-root/acme/data && rmdir in && ln -s /etc/sftpjail in && ln -s /root nested && touch file && mkdir closed && chmod 0 closed`;
    await machine.run('setpriv', ['--reuid=acme', '--regid=sftp', '--clear-groups', 'sh', '-c', plant]);
    const before = await machine.tree(['/root', '/etc/sftpjail/keys', '/sftp-root/acme/data']);
    const folders = ['in', 'in/planted', 'nested/planted', 'file', 'file/planted', 'closed'];
    const { exitCode, stderr } = await add('acme', ...folders.flatMap((folder) => ['--folder', folder]));
    expect(exitCode).toBe(0);
    for (const folder of folders.slice(0, -1))
      expect(stderr).toContain(`/sftp-root/acme/data/${folder} is not made: its customer put something else there`);
    expect(await machine.tree(['/root', '/etc/sftpjail/keys', '/sftp-root/acme/data'])).toEqual(before);
    for (const folder of ['../x', '/etc', 'a//b', '.ssh', 'a/..'])
      expect(await add('acme', '--folder', folder)).toMatchObject({ exitCode: 2 });
  });

  test('shared ones are seen in the jails of those who share them, and by nobody else', async () => {
    for (const name of ['acme', 'globex']) expect(await add(name, '--share', 'pool')).toMatchObject({ exitCode: 0 });
    await add('other');
    expect(await clients.sftpBatch('acme', ['put /etc/hostname /pool/from-acme'])).toMatchObject({ exitCode: 0 });
    expect(await said('globex', 'ls -1 /pool', 'rm /pool/from-acme', 'put /etc/hostname /pool/b')).toContain(
      '/pool/from-acme',
    );
    expect(await said('other', 'ls -1 /')).not.toContain('pool');
    for (const command of ['rename /pool /data/x', 'rmdir /pool', 'put /etc/hostname /x', 'ls /../.shared'])
      expect(await clients.sftpBatch('acme', [command])).toMatchObject({ exitCode: 1 });
    const outsider = ['--reuid=65534', '--regid=65534', '--clear-groups', 'ls', '/sftp-root/.shared/pool'];
    expect((await machine.attempt('setpriv', outsider)).exitCode).not.toBe(0);
    expect(await mounts()).toEqual([
      expect.stringMatching(/^\/sftp-root\/acme\/pool rw,nosuid,nodev,noexec/),
      expect.stringMatching(/^\/sftp-root\/globex\/pool rw,nosuid,nodev,noexec/),
    ]);
    expect(JSON.parse((await add('acme')).stdout)).toMatchObject({ changed: false, changes: [] });
  });

  test('they are there again after a reboot, before anybody can log in', async () => {
    await machine.reboot();
    expect(await said('globex', 'ls -1 /pool')).toContain('/pool/b');
    expect(await mounts()).toHaveLength(2);
    expect((await machine.sh('systemctl list-units --failed --plain --no-legend "*.mount"')).stdout).toBe('');
  });

  test('each goes with its customer, and the folder with the last of them, unless it holds files', async () => {
    const remove = (name: string) => machine.sftpjail('remove-user', name, '--yes');
    const units = async () => (await machine.sh('ls -R /etc/systemd/system | grep pool || true')).stdout;
    await remove('acme');
    expect(await mounts()).toEqual([expect.stringMatching(/^\/sftp-root\/globex\/pool /)]);
    expect(await said('globex', 'ls -1 /pool')).toContain('/pool/b');
    await remove('globex');
    expect(await mounts()).toEqual(['']);
    expect(await units()).toBe('');
    expect((await machine.sh('ls /sftp-root/.shared/pool')).stdout).toBe('b\n');
    const next = await add('newco', '--share', 'pool');
    expect(next).toMatchObject({ exitCode: 4 });
    expect(next.stderr).toContain('/sftp-root/.shared/pool holds files of customers who shared it before');
    const [, hint = ''] = /^sftpjail: hint: (.*)$/m.exec(next.stderr) ?? [];
    await machine.sh(hint);
    expect(await add('newco', '--share', 'pool')).toMatchObject({ exitCode: 0 });
    await remove('newco');
    expect(await units()).toBe('');
    expect((await machine.sh('ls -A /sftp-root')).stdout).toBe('.removed\ndev\nother\n');
  });

  test('uninstall takes them all', async () => {
    await add('acme', '--share', 'pool');
    await said('acme', 'put /etc/hostname /pool/');
    await machine.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    expect(await mounts()).toEqual(['']);
    expect((await machine.sh('ls -d /sftp-root 2>&1 || true')).stdout).toContain('No such file');
    expect((await machine.sh('grep -rl sftpjail /etc || true')).stdout).toBe('');
  });
});
