import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { type OddHost, oddHost } from '../support/odd-host.ts';

const CONFIG = '/etc/ssh/sshd_config';
const LOCAL = `${CONFIG}.d/10-local.conf`;

describeMachine('an sshd_config that keeps customers out or unjailed', (image) => {
  let machine: Machine;
  let host: OddHost;
  beforeAll(async () => {
    machine = await bootMachine(image);
    host = await oddHost(machine);
    await machine.run('cp', ['--preserve', CONFIG, '/root/sshd_config']);
  });
  afterEach(async () => {
    await machine.attempt('sftpjail', ['uninstall', '--remove-users', '--delete-data', '--yes']);
    await machine.sh('rm -f "$1".d/*; cp --preserve /root/sshd_config "$1"; systemctl reload ssh', { args: [CONFIG] });
    await host.adminGetsIn();
  });
  afterAll(() => machine?.close());

  /** The drop-in of an administrator, read before ours and in use when sftpjail comes. */
  async function configure(...lines: string[]): Promise<void> {
    await machine.writeFile(LOCAL, `${lines.join('\n')}\n`);
    await machine.run('systemctl', ['reload', 'ssh']);
    await host.adminGetsIn();
  }

  test.each([
    {
      lines: ['AllowGroups carol'],
      error: `${LOCAL}:1: AllowGroups carol: it leaves out acme`,
      hint: 'add "sftp" to this line',
    },
    {
      lines: ['# ours', 'AllowUsers carol'],
      error: `${LOCAL}:2: AllowUsers carol: it leaves out acme`,
      hint: 'add "acme" to this line',
    },
    {
      lines: ['DenyGroups games sftp*'],
      error: `${LOCAL}:1: DenyGroups games sftp*: "sftp*" shuts out acme`,
      hint: 'take "sftp*" off this line',
    },
    {
      lines: ['Match Group sftp-only', '  ForceCommand /bin/false'],
      error: `${LOCAL}:2: ForceCommand /bin/false: "Match Group sftp-only" is read before ours and can hold for acme`,
      hint: `move the block to a file that is read after ours, for instance ${CONFIG}.d/90-local.conf`,
    },
    {
      lines: ['Match Address 127.0.0.0/8', '  AllowTcpForwarding yes'],
      error: `${LOCAL}:2: AllowTcpForwarding yes: "Match Address 127.0.0.0/8" is read before ours and can hold for acme`,
      hint: `move the block to a file that is read after ours, for instance ${CONFIG}.d/90-local.conf`,
    },
  ])('$lines is refused, with the line and the way out', async ({ lines, error, hint }) => {
    await configure(...lines);
    expect(await host.refusal()).toEqual({ error, hint });
    await host.adminGetsIn();
  });

  test('AuthenticationMethods that a customer cannot meet are refused, and the hint is a command that helps', async () => {
    await configure(
      'AuthenticationMethods publickey,password',
      'Match User carol',
      '  AuthenticationMethods publickey',
    );
    const { error, hint } = await host.refusal();
    expect(error).toBe(`${LOCAL}:1: AuthenticationMethods publickey,password: it asks for more than a key`);
    await machine.sh(hint);
    await host.addUser();
    await host.upload();
  });

  test('AuthenticationMethods that a customer can meet are no obstacle', async () => {
    await configure('AuthenticationMethods publickey');
    await host.addUser();
    await host.upload();
  });

  test('a configuration without the Include line is refused, and the hint is a command that helps', async () => {
    await machine.run('sed', ['-i', '/^Include/d', CONFIG]);
    const { error, hint } = await host.refusal();
    expect(error).toMatch(/^\/etc\/ssh\/sshd_config:1: .*no Include line reaches .*50-sftpjail.conf$/);
    await machine.sh(hint);
    await host.addUser();
    await host.upload();
  });

  test('a configuration that is broken already is refused, and the sshd that runs is left alone', async () => {
    await machine.sh('echo "Nonsense yes" >> "$1"', { args: [CONFIG] });
    expect(await host.refusal()).toEqual({
      error: expect.stringMatching(/^this host is broken already: \/usr\/sbin\/sshd -t refuses/),
      hint: 'sshd -t',
    });
    await host.adminGetsIn();
  });

  // Debian 12's sshd does not start with it, Debian 13's takes the first.
  test('Subsystem set twice over', async () => {
    await machine.sh('echo "Subsystem sftp internal-sftp" >> "$1"', { args: [CONFIG] });
    if (image === 'bookworm') expect((await host.refusal()).error).toMatch(/broken already/);
    else {
      await host.addUser();
      await host.upload();
    }
    await host.adminGetsIn();
  });
});
