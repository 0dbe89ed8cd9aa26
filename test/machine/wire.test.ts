import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { OPEN } from '../support/sftp-codes.ts';

describeMachine('the clients, against an account of a plain sshd', (suite) => {
  let machine: Machine;
  let clients: Clients;
  beforeAll(async () => {
    machine = await bootMachine(suite);
    const key = await makeKeyPair(machine);
    await machine.run('useradd', ['--create-home', 'plain']);
    await machine.run('install', ['-d', '-o', 'plain', '-m', '700', '/home/plain/.ssh']);
    await machine.writeFile('/home/plain/.ssh/authorized_keys', key.publicKey);
    clients = new Clients(machine, key);
  });
  afterAll(() => machine?.close());

  test('sftp, scp, psftp and curl upload', async () => {
    const runs = [
      await clients.sftpBatch('plain', ['put /etc/hostname by-sftp']),
      await clients.scp('/etc/hostname', 'plain@127.0.0.1:by-scp'),
      await clients.psftp('plain', ['put /etc/hostname by-psftp']),
      await clients.curl('plain', '/home/plain/by-curl', '-T', '/etc/hostname'),
    ];
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
    const made = await machine.run('ls', ['/home/plain']);
    expect(made.stdout.trim().split('\n')).toEqual(['by-curl', 'by-psftp', 'by-scp', 'by-sftp']);
    expect((await clients.sftpBatch('plain', ['get missing'])).exitCode).not.toBe(0);
    expect(await clients.sshTry('plain', [], ['id', '-un'])).toMatchObject({ stdout: 'plain\n', exitCode: 0 });
  });

  test('the wire client speaks every request', async () => {
    const wire = await clients.wire('plain');
    expect(wire.channel.extensions.get('posix-rename@openssh.com')).toBe('1');
    expect((await wire.realpath('.')).names?.[0]?.name).toBe('/home/plain');
    expect((await wire.put('a', 'hello')).status).toBe('ok');
    expect((await wire.get('a')).data?.toString()).toBe('hello');
    expect((await wire.stat('a')).attrs).toMatchObject({ size: 5, mode: 0o100644 });
    expect((await wire.lstat('missing')).status).toBe('no such file');
    expect((await wire.symlink('/etc/passwd', 'link')).status).toBe('ok');
    expect((await wire.readlink('link')).names?.[0]?.name).toBe('/etc/passwd');
    expect((await wire.lsetstat('link', { atime: 1, mtime: 2 })).status).toBe('ok');
    expect((await wire.lstat('link')).attrs).toMatchObject({ atime: 1, mtime: 2 });
    expect((await wire.mkdir('d')).status).toBe('ok');
    expect((await wire.rename('a', 'd/a')).status).toBe('ok');
    expect((await wire.hardlink('d/a', 'b')).status).toBe('ok');
    expect((await wire.posixRename('d/a', 'c')).status).toBe('ok');
    expect((await wire.rmdir('d')).status).toBe('ok');
    expect((await wire.remove('c')).status).toBe('ok');
    expect((await wire.setstat('b', { size: 4, mode: 0o600 })).status).toBe('ok');
    expect((await wire.statvfs('/')).extended?.length).toBe(88);
    expect((await wire.limits()).extended?.length).toBe(32);
    expect((await wire.expandPath('~/x')).names?.[0]?.name).toBe('/home/plain/x');
    const folder = (await wire.opendir('.')).handle as Buffer;
    expect((await wire.readdir(folder)).names?.map(({ name }) => name)).toContain('b');
    expect((await wire.closeHandle(folder)).status).toBe('ok');
    expect((await wire.extended('unknown@example')).status).toBe('operation unsupported');
    await wire.close();
  });

  test('handles, copy-data and the identity requests', async () => {
    const wire = await clients.wire('plain');
    const one = (await wire.open('one', OPEN.read | OPEN.write | OPEN.creat)).handle as Buffer;
    const two = (await wire.open('two', OPEN.read | OPEN.write | OPEN.creat)).handle as Buffer;
    expect((await wire.write(one, 0, 'data')).status).toBe('ok');
    expect((await wire.fsync(one)).status).toBe('ok');
    expect((await wire.fsetstat(one, { mode: 0o640 })).status).toBe('ok');
    expect((await wire.fstat(one)).attrs).toMatchObject({ size: 4, mode: 0o100640 });
    expect((await wire.fstatvfs(one)).extended?.length).toBe(88);
    expect((await wire.copyData(one, 0, 0, two, 0)).status).toBe('ok');
    expect((await wire.read(two, 0, 100)).data?.toString()).toBe('data');
    expect((await wire.read(two, 4, 100)).status).toBe('eof');
    expect((await wire.homeDirectory('plain')).names?.[0]?.name).toBe('/home/plain');
    expect((await wire.usersGroupsById([0], [0])).extended?.toString('latin1')).toContain('root');
    wire.channel.raw(Buffer.from([99]));
    await expect(wire.stat('one')).rejects.toThrow('the session ended');
  });
});
