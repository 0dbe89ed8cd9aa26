import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { SftpLog } from '../support/sftp-log.ts';

describeMachine('changing how jails log, under systemd', (image) => {
  let machine: Machine;
  let clients: Clients;
  let log: SftpLog;
  beforeAll(async () => {
    machine = await bootMachine(image);
    clients = new Clients(machine, await makeKeyPair(machine));
    log = new SftpLog(machine);
    for (const name of ['acme', 'bob'])
      await machine.sftpjail('add-user', name, '--yes', '--key', '/root/.ssh/customer.pub');
  });
  afterAll(() => machine?.close());

  async function switchTo(way: 'shared' | 'per-jail'): Promise<void> {
    await machine.writeFile('/etc/sftpjail/config.yaml', `log: { socket: ${way} }\n`);
    await machine.sftpjail('init', '--yes');
    const { stdout } = await machine.sh('stat -c "%i %a %G" /sftp-root/dev/log /sftp-root/*/dev/log | sort -u');
    expect(stdout.trim().split('\n').length).toBe(way === 'shared' ? 1 : 3);
    const units = await machine.run('systemctl', ['list-units', '--all', '--plain', '--no-legend', 'sftpjail-log*']);
    expect(units.stdout.trim().split('\n').length).toBe(way === 'shared' ? 1 : 3);
    for (const user of ['acme', 'bob']) {
      const logged = await log.of(user, () => clients.sftpBatch(user, ['put /etc/hostname']));
      expect(logged.join('\n')).toMatch(/close "\/data\/hostname" bytes read 0 written \d+/);
    }
    expect((await machine.run('sftpjail', ['init'])).stderr).toContain('nothing was changed');
  }

  test('from the shared socket to one for each jail', () => switchTo('per-jail'));
  test('and back', () => switchTo('shared'));
  test('and it lasts over a reboot', async () => {
    await machine.reboot();
    await switchTo('shared');
    await switchTo('per-jail');
    await machine.reboot();
    await switchTo('per-jail');
  });

  test('a removed customer takes the socket along, and the others log on', async () => {
    await machine.sftpjail('add-user', 'carol', '--key', '/root/.ssh/customer.pub');
    expect(await units()).toContain('sftpjail-log@carol.socket');
    await machine.sftpjail('remove-user', 'carol', '--yes');
    expect(await units()).toEqual(['sftpjail-log.socket', 'sftpjail-log@acme.socket', 'sftpjail-log@bob.socket']);
    expect(
      (await machine.sh('! grep -r carol /etc/rsyslog.d /etc/systemd; ls -A /sftp-root/.removed/carol.*')).stdout,
    ).toBe('data\n');
    const logged = await log.of('acme', () => clients.sftpBatch('acme', ['put /etc/hostname']));
    expect(logged.join('\n')).toContain('close "/data/hostname"');
    expect((await machine.run('sftpjail', ['init'])).stderr).toContain('nothing was changed');
  });

  const units = async () => {
    const { stdout } = await machine.run('systemctl', [
      'list-units',
      '--all',
      '--plain',
      '--no-legend',
      'sftpjail-log*',
    ]);
    return stdout.split('\n').flatMap((line) => line.split(' ')[0] || []);
  };

  test('a jail whose account somebody removed by hand keeps no socket that nobody reads', async () => {
    await machine.sh('userdel bob');
    await machine.sftpjail('init', '--yes');
    expect(await units()).toEqual(['sftpjail-log.socket', 'sftpjail-log@acme.socket']);
  });

  test('uninstall finds them too where only the configuration was changed', async () => {
    await machine.writeFile('/etc/sftpjail/config.yaml', 'log: { socket: shared }\n');
    await machine.sftpjail('uninstall', '--yes', '--remove-users');
    expect(await units()).toEqual([]);
    expect((await machine.sh('find /etc/systemd -name "*sftpjail*"')).stdout).toBe('');
    expect((await machine.run('systemctl', ['is-active', 'rsyslog'])).stdout).toBe('active\n');
  });
});
