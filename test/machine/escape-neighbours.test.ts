import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { SftpLog } from '../support/sftp-log.ts';

describeMachine('who else might get at a jail', (image) => {
  let machine: Machine;
  let clients: Clients;
  let log: SftpLog;
  beforeAll(async () => {
    machine = await bootMachine(image);
    const key = await makeKeyPair(machine);
    clients = new Clients(machine, key);
    log = new SftpLog(machine);
    await machine.sh(
      `sftpjail add-user acme --yes --key "$1"
       sftpjail add-user other --yes --key "$1"
       sftpjail add-admin boss --yes --key "$1"
       useradd -m bob`,
      { args: [`${key.path}.pub`] },
    );
  });
  afterAll(() => machine?.close());

  const asBob = (...command: string[]) =>
    machine.attempt('setpriv', ['--reuid=bob', '--regid=bob', '--init-groups', ...command]);

  test('a local user sees nothing in a jail, also after its customer opened everything up', async () => {
    const wire = await clients.wire('acme');
    await wire.put('/data/secret', 'treasure');
    expect((await wire.setstat('/data', { mode: 0o777 })).status).toBe('ok');
    expect((await wire.setstat('/data/secret', { mode: 0o666 })).status).toBe('ok');
    await wire.close();
    expect((await machine.run('stat', ['-c', '%a', '/sftp-root/acme/data'])).stdout).toBe('777\n');
    for (const path of ['/sftp-root/acme', '/sftp-root/acme/data', '/sftp-root/acme/data/secret', '/sftp-root/dev'])
      expect(await asBob('ls', path)).toMatchObject({ stdout: '', exitCode: 2 });
    expect(await asBob('cat', '/sftp-root/acme/data/secret')).toMatchObject({ stdout: '', exitCode: 1 });
    expect((await asBob('touch', '/sftp-root/acme/data/new')).exitCode).toBe(1);
    for (const path of ['/var/log/sftp.log', '/etc/sftpjail/config.yaml', '/var/lib/sftpjail/made.json'])
      expect(await asBob('cat', path)).toMatchObject({ stdout: '', exitCode: 1 });
  });

  test('a local user writes to no log socket', async () => {
    const sockets = ['/sftp-root/dev/log', '/sftp-root/acme/dev/log'];
    const send = (socket: string, text: string) => [
      'logger',
      '--socket-errors=on',
      '-u',
      socket,
      '-t',
      'internal-sftp',
      text,
    ];
    for (const socket of sockets) {
      const { exitCode, stderr } = await asBob(...send(socket, 'forged'));
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Permission denied')]);
    }
    for (const socket of sockets)
      await machine.run('setpriv', ['--regid=sftp', '--clear-groups', ...send(socket, `to ${socket}`)]);
    await log.until('internal-sftp: to /sftp-root/acme/dev/log');
    expect((await log.lines()).filter((line) => line.includes('forged'))).toEqual([]);
  });

  test('an administrator is not led into another jail by what a customer plants', async () => {
    await machine.sh('echo treasure > /sftp-root/other/data/secret; chown other:sftp /sftp-root/other/data/secret');
    const hostile = await clients.wire('acme');
    for (const [name, target] of [
      ['invoice', '/other/data/secret'],
      ['invoice-relative', '../../other/data/secret'],
      ['folder', '/other/data'],
    ] as const) {
      expect((await hostile.symlink(target, `/data/${name}`)).status).toBe('permission denied');
      expect((await hostile.extended('symlink@openssh.com')).status).toBe('operation unsupported');
    }
    await hostile.close();
    const admin = await clients.wire('boss');
    expect((await admin.get('/acme/data/invoice')).status).toBe('no such file');
    expect((await admin.put('/acme/data/invoice', 'overwritten')).status).toBe('ok');
    expect((await admin.put('/acme/data/folder/secret', 'overwritten')).status).toBe('no such file');
    expect((await admin.get('/other/data/secret')).data?.toString()).toBe('treasure\n');
  });

  test('an administrator leaves the root no more than a customer leaves a jail', async () => {
    const admin = await clients.wire('boss');
    const top = (await admin.opendir('/../..')).handle as Buffer;
    const names = (await admin.readdir(top)).names?.map(({ name }) => name).sort();
    expect(names).toEqual(['.', '..', 'acme', 'dev', 'other']);
    for (const path of ['/etc/passwd', '../../etc/passwd', '/proc/1/root/etc/passwd'])
      expect((await admin.get(path)).status).toBe('no such file');
    // Symlinks are an administrator's to make; they lead nowhere but within the root.
    expect((await admin.symlink('../../../../etc/passwd', '/acme/data/passwd')).status).toBe('ok');
    expect((await admin.get('/acme/data/passwd')).status).toBe('no such file');
    const refused = [
      await admin.put('/new', 'x'),
      await admin.mkdir('/new'),
      await admin.put('/acme/new', 'x'),
      await admin.remove('/dev/log'),
      await admin.remove('/acme/dev/log'),
      await admin.posixRename('/acme/data', '/acme/files'),
      await admin.posixRename('/acme', '/other/data/acme'),
      await admin.setstat('/acme', { mode: 0o777 }),
      await admin.setstat('/acme/data', { mode: 0o777 }),
    ].map(({ status }) => status);
    expect(new Set(refused)).toEqual(new Set(['permission denied']));
    await admin.close();
  });
});
