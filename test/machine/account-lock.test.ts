import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { diffTrees } from '../support/tree.ts';

const HOST = ['/etc', '/sftp-root', '/var/lib/sftpjail'];

describeMachine('many at once', (image) => {
  let machine: Machine;
  let clients: Clients;
  beforeAll(async () => {
    machine = await bootMachine(image);
    clients = await addCustomers(machine);
    await machine.sftpjail('init', '--yes', '--quiet');
  });
  afterAll(() => machine?.close());

  const add = (name: string) =>
    machine.attempt('sftpjail', ['add-user', name, '--key', `${clients.key.path}.pub`, '--yes']);

  test('ten add-user at once make ten good jails', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `many${index}`);
    const runs = await Promise.all(names.map(add));
    expect(runs.map(({ exitCode, stderr }) => (exitCode === 0 ? 0 : stderr))).toEqual(names.map(() => 0));

    const { users } = JSON.parse((await machine.sftpjail('list-users', '--json')).stdout) as {
      users: { name: string; uid: number; link: string; keys: number }[];
    };
    expect(users.map(({ name }) => name)).toEqual(names);
    expect(new Set(users.map(({ uid }) => uid)).size).toBe(10);
    expect(users.every(({ link, keys }) => link === 'current' && keys === 1)).toBe(true);
    for (const name of names) {
      const { stdout, exitCode } = await clients.sftpBatch(name, ['pwd', 'put /etc/hostname', 'ls -1 /']);
      expect(stdout).toContain('Remote working directory: /data\n');
      expect(stdout).toMatch(/\/data\n\/dev\n$/);
      expect(exitCode).toBe(0);
    }
  });

  test('while another program holds the account lock: a clear error, and nothing half-made', async () => {
    const before = await machine.tree(HOST);
    const holder = machine.spawn('/opt/test-support/bin/hold-lock', ['40']);
    await new Promise((resolve) => holder.process.stdout?.once('data', resolve));

    const { exitCode, stderr } = await add('late');
    expect(stderr).toMatch(/^sftpjail: error: another program holds the lock of the account files: .*useradd/m);
    expect(stderr).toMatch(/^sftpjail: hint: .*fuser -v \/etc\/.pwd.lock/m);
    expect(exitCode).toBe(5);
    expect(diffTrees(before, await machine.tree(HOST))).toEqual([]);

    holder.kill('SIGKILL');
    await holder.done;
    expect(await add('late')).toMatchObject({ exitCode: 0 });
    expect(await clients.sftpBatch('late', ['ls /'])).toMatchObject({ exitCode: 0 });
  });
});
