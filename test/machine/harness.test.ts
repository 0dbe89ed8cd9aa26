import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { diffTrees } from '../support/tree.ts';

describeMachine('a booted machine', (suite) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootMachine(suite);
  });
  afterAll(() => machine?.close());

  test('runs commands with input, arguments and an exit status', async () => {
    expect((await machine.run('cat', [], { input: 'hello' })).stdout).toBe('hello');
    expect((await machine.sh('echo "$1"; env', { args: ['$HOME'] })).stdout).toMatch(/^\$HOME\n(.*\n)*LANG=C\.UTF-8/);
    expect(await machine.attempt('sh', ['-c', 'exit 7'])).toMatchObject({ exitCode: 7 });
    await expect(machine.run('false')).rejects.toThrow('exit status 1');
    await expect(machine.run('sleep', ['60'], { timeout: 200 })).rejects.toThrow('not done after 200 ms');
  });

  test('has a stock sshd and a node that can run sftpjail', async () => {
    expect((await machine.attempt('systemctl', ['is-active', 'ssh.service', 'ssh.socket'])).stdout).toBe(
      'active\ninactive\n',
    );
    expect((await machine.run('node', ['--version'])).stdout).toMatch(/^v20\./);
  });

  test('shows what changed in a tree', async () => {
    const before = await machine.tree(['/etc/ssh']);
    await machine.writeFile('/etc/ssh/new', 'x', 0o640);
    expect(diffTrees(before, await machine.tree(['/etc/ssh']))).toEqual(['+ /etc/ssh/new f 0640 0:0 2d711642b726b044']);
  });

  test('keeps its files over a reboot', async () => {
    await machine.writeFile('/etc/kept', 'kept');
    await machine.writeFile('/run/gone', 'gone');
    const before = await machine.tree(['/etc']);
    await machine.reboot();
    expect(diffTrees(before, await machine.tree(['/etc']))).toEqual([]);
    expect(await machine.readFile('/etc/kept')).toBe('kept');
    expect((await machine.attempt('test', ['-e', '/run/gone'])).exitCode).toBe(1);
  });
});
