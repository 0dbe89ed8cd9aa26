import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { type OddHost, oddHost } from '../support/odd-host.ts';

const LOCAL = '/etc/ssh/sshd_config.d/10-local.conf';

describeMachine('services in a state of their own', (image) => {
  let machine: Machine;
  let host: OddHost;
  beforeAll(async () => {
    machine = await bootMachine(image);
    host = await oddHost(machine);
  });
  afterEach(async () => {
    await machine.attempt('sftpjail', ['uninstall', '--remove-users', '--delete-data', '--yes']);
    await machine.sh('rm -f "$1"; systemctl reset-failed ssh; systemctl restart ssh', { args: [LOCAL] });
    await host.adminGetsIn();
  });
  afterAll(() => machine?.close());

  test('an sshd that does not run is refused, because nothing can be proved of it', async () => {
    await machine.run('systemctl', ['stop', 'ssh']);
    const { error, hint } = await host.refusal();
    expect(error).toMatch(/^sshd does not run/);
    await machine.sh(hint);
    await host.addUser();
    await host.upload();
  });

  test('an rsyslogd that does not run is started', async () => {
    await machine.run('systemctl', ['stop', 'syslog.socket', 'rsyslog.service']);
    await host.addUser();
    await host.upload();
    expect((await machine.run('systemctl', ['is-active', 'rsyslog'])).stdout).toBe('active\n');
  });

  test('a missing logrotate is named, with the command that installs it', async () => {
    await machine.run('mv', ['/usr/sbin/logrotate', '/root/']);
    expect(await host.refusal()).toEqual({
      error: 'missing on this host: logrotate',
      hint: expect.stringMatching(
        /^apt-get install logrotate, or let sftpjail do it: sftpjail add-user acme .*--install-packages$/,
      ),
    });
    await machine.run('mv', ['/root/logrotate', '/usr/sbin/']);
  });

  test('an sshd that listens on a port of its own is found there', async () => {
    await machine.sh('echo "Port 2222" > "$1"; systemctl restart ssh', { args: [LOCAL] });
    const { stdout } = await machine.sftpjail('add-user', 'acme', '--key', host.publicKey, '--yes');
    expect(stdout).toMatch(/^connect: +sftp -P 2222 acme@/m);
    expect(await host.clients.sshTry('acme', ['-p', '2222', '-s'], ['sftp'], { input: '' })).toMatchObject({
      exitCode: 0,
    });
    await host.adminGetsIn(2222);
  });

  test('an sshd that listens on one address only is found there', async () => {
    await machine.sh('ip address add 10.9.8.7/32 dev lo; echo "ListenAddress 10.9.8.7" > "$1"; systemctl restart ssh', {
      args: [LOCAL],
    });
    await host.addUser();
    const options = ['-o', 'HostName=10.9.8.7'];
    expect(await host.clients.sshTry('carol', options, ['id', '-un'])).toMatchObject({ stdout: 'carol\n' });
    expect(await host.clients.sshTry('acme', options, ['id', '-un'])).toMatchObject({
      stdout: expect.stringContaining('sftp connections only'),
    });
  });

  test('where ssh.socket listens, the first login is already jailed, and sshd stays reachable', async () => {
    await machine.sh('systemctl disable --now ssh.service; systemctl enable --now ssh.socket');
    await host.addUser();
    expect((await host.clients.sftpBatch('acme', ['pwd', 'ls -1 /'])).stdout).toContain('/data\n/dev\n');
    await host.upload();
    await host.adminGetsIn();
    await machine.sftpjail('uninstall', '--remove-users', '--yes');
    await host.adminGetsIn();
    await machine.sh('systemctl disable --now ssh.socket; systemctl stop ssh.service; systemctl enable ssh.service');
  });
});
