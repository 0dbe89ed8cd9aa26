import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/log/session.ts';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { forgiveFailures } from '../support/forgiving.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { diffTrees } from '../support/tree.ts';

const KEY = ['--key', '/root/.ssh/customer.pub'];
const PASSWORD = 'correct horse battery';
const HOST = ['/etc', '/sftp-root', '/var/lib/sftpjail'];
const DECLARED = '/etc/sftpjail/users/acme.yaml';

describeMachine('lock-user and unlock-user', (image) => {
  let machine: Machine;
  let clients: Clients;
  beforeAll(async () => {
    machine = await bootMachine(image);
    await forgiveFailures(machine);
    clients = new Clients(machine, await makeKeyPair(machine));
    await machine.sftpjail('init', '--yes');
    await machine.run('sftpjail', ['add-user', 'acme', ...KEY, '--password-stdin'], { input: PASSWORD });
    await machine.sftpjail('add-user', 'globex', ...KEY, '--expires', '2099-12-31', '--mail', 'it@globex.test');
    await machine.sh('head -c 300M /dev/zero > /root/large');
  });
  afterAll(() => machine?.close());

  const told = async (...words: string[]) =>
    JSON.parse((await machine.sftpjail(...words, '--json')).stdout) as { changed: boolean } & Record<string, unknown>;
  const withKey = (name = 'acme') => clients.sftpBatch(name, ['put /etc/hostname']);
  const withPassword = (password = PASSWORD) => clients.sftpWithPassword('acme', password, ['ls']);
  const expiryOf = async (name: string) =>
    (await machine.sh('grep "^$1:" /etc/shadow | cut -d: -f8', { args: [name] })).stdout.trim();
  const tree = () => machine.tree(HOST, ['/etc/shadow-', '/etc/passwd-']);

  const sizeOf = (name: string) => async () =>
    Number((await machine.attempt('stat', ['-c', '%s', `/sftp-root/acme/data/${name}`])).stdout);

  test('a lock ends a running upload within two seconds, with its bytes on record', async () => {
    const stock = await tree();
    const neighbour = await clients.wire('globex');
    const upload = clients.sftpBatch('acme', ['put -f /root/large']);
    const arrived = sizeOf('large');
    await expect.poll(arrived, { timeout: 30_000, interval: 5 }).toBeGreaterThan(1e6);

    await machine.sftpjail('lock-user', 'acme');
    expect((await upload).exitCode).not.toBe(0);
    const lines = (await machine.sh('sftpjail sessions --json --user acme < /dev/null')).stdout.trim().split('\n');
    expect(lines).toHaveLength(1);
    const { closed, transfers } = JSON.parse(lines[0] as string) as Session;
    const [transfer] = transfers;
    expect(transfer).toMatchObject({ path: '/data/large', direction: 'upload', status: 'partial', exact: true });
    expect(transfer?.bytesWritten).toBe(await arrived());
    expect(transfer?.bytesWritten).toBeGreaterThan(1e6);
    const locked = Number((await machine.run('stat', ['-c', '%.3Y', '/etc/shadow'])).stdout) * 1000;
    expect(Date.parse(closed as string) - locked).toBeLessThan(2000);
    expect((await neighbour.stat('/data')).attrs).toBeDefined();
    await neighbour.close();

    expect((await withKey()).exitCode).toBe(255);
    expect((await withPassword()).exitCode).toBe(255);
    expect((await machine.run('journalctl', ['--unit', 'ssh'])).stdout).toContain('account acme has expired');
    expect(await told('lock-user', 'acme')).toMatchObject({ changed: false, locked: true, until: null });

    expect((await machine.sftpjail('unlock-user', 'acme')).stderr).toContain('acme is open.\n');
    expect((await withKey()).exitCode).toBe(0);
    expect(await withPassword()).toMatchObject({ exitCode: 0 });
    expect(await told('unlock-user', 'acme')).toMatchObject({ changed: false, locked: false });
    await machine.sh('rm /sftp-root/acme/data/*');
    expect(diffTrees(stock, await tree()).filter((line) => !line.includes('/data '))).toEqual([]);
  });

  test('a session whose monitor somebody killed ends too', async () => {
    const orphan = clients.sftpBatch('acme', ['put /root/large orphan'], { timeout: 60_000 });
    await expect.poll(sizeOf('orphan'), { timeout: 30_000, interval: 5 }).toBeGreaterThan(1e6);
    await machine.sh('pkill -KILL -f "^sshd(-session)?: acme .priv"; pgrep -u acme > /dev/null');
    await machine.sftpjail('lock-user', 'acme');
    expect((await orphan).exitCode).not.toBe(0);
    expect((await machine.attempt('pgrep', ['-u', 'acme'])).stdout).toBe('');
    expect(await machine.readFile('/var/log/sftp.log')).toMatch(
      new RegExp(`forced close "/data/orphan" bytes read 0 written ${await sizeOf('orphan')()}\n`),
    );
    await machine.sftpjail('unlock-user', 'acme');
  });

  test('a lock holds where sshd asks no PAM', async () => {
    await machine.sh('echo "UsePAM no" > /etc/ssh/sshd_config.d/10-pam.conf; systemctl reload ssh');
    await machine.sftpjail('lock-user', 'acme');
    // Until sshd has read it, PAM refuses, in other words.
    const refusal = async () => {
      expect((await withKey()).exitCode).toBe(255);
      return (await machine.run('journalctl', ['--unit', 'ssh'])).stdout;
    };
    await expect.poll(refusal, { timeout: 30_000 }).toContain('Account acme has expired');
    expect((await withPassword()).exitCode).toBe(255);
    await machine.sftpjail('unlock-user', 'acme');
    expect((await withKey()).exitCode).toBe(0);
    await machine.sh('rm /etc/ssh/sshd_config.d/10-pam.conf; systemctl reload ssh');
  });

  test('an earlier date of expiry is kept for unlocking', async () => {
    expect(await expiryOf('globex')).toBe('47481');
    await machine.sftpjail('lock-user', 'globex');
    expect(await expiryOf('globex')).toBe('1');
    expect(await machine.readFile('/etc/sftpjail/users/globex.yaml')).toBe(
      'mail: it@globex.test\nexpires: 2099-12-31\n',
    );
    await machine.sftpjail('add-user', 'globex', '--expires', '2098-01-01');
    expect((await withKey('globex')).exitCode).toBe(255);
    await machine.sftpjail('unlock-user', 'globex');
    expect(await expiryOf('globex')).toBe('46752');
    expect(await machine.readFile('/etc/sftpjail/users/globex.yaml')).toBe('mail: it@globex.test\n');
    expect((await withKey('globex')).exitCode).toBe(0);
    await machine.sh('chage -E 2020-01-01 globex');
    expect((await machine.sftpjail('unlock-user', 'globex')).stderr).toContain(
      'globex is open.\nIt was to expire on 2020-01-01 before.',
    );
    expect((await withKey('globex')).exitCode).toBe(0);
    expect(await told('unlock-user', 'globex', '--until', '2099-12-31')).toMatchObject({ changed: true });
    expect(await expiryOf('globex')).toBe('47481');
    expect(await told('add-user', 'globex', '--expires', '2099-12-31')).toMatchObject({ changed: false });
    expect(await told('add-user', 'globex', '--expires', 'never')).toMatchObject({ changed: true });
    expect(await expiryOf('globex')).toBe('');
  });

  const timer = async () => (await machine.attempt('systemctl', ['is-active', 'sftpjail-unlock.timer'])).stdout.trim();

  test('--until opens by itself on that date, also after a reboot', async () => {
    const stock = await tree();
    await machine.sftpjail('lock-user', 'acme', '--until', '2099-12-31');
    await machine.sftpjail('lock-user', 'globex', '--until', '2099-12-30');
    expect(await machine.readFile(DECLARED)).toBe('lockedUntil: 2099-12-31\n');
    expect(
      (await machine.run('systemctl', ['show', '-P', 'NextElapseUSecRealtime', 'sftpjail-unlock.timer'])).stdout,
    ).toMatch(/:00:00/);
    await machine.run('systemctl', ['start', 'sftpjail-unlock.service']);
    expect((await withKey()).exitCode).toBe(255);
    await machine.reboot();
    expect(await timer()).toBe('active');
    expect(await told('lock-user', 'acme', '--until', '2099-12-31')).toMatchObject({ changed: false });
    expect(await told('init')).toMatchObject({ changed: false });
    // The day has come.
    await machine.sh(`sed -i s/2099-12-31/2026-01-01/ ${DECLARED}; systemctl start sftpjail-unlock.service`);
    expect((await withKey()).exitCode).toBe(0);
    expect((await withKey('globex')).exitCode).toBe(255);
    expect(await timer()).toBe('active');
    // Without the last of its kind the timer goes.
    await machine.sftpjail('unlock-user', 'globex');
    expect(await timer()).toBe('inactive');
    expect(diffTrees(stock, await tree()).filter((line) => !/ (\/sftp-root|\/etc\/shadow)/.test(line))).toEqual([]);
    expect((await machine.sh('find /etc/systemd -name "*unlock*"')).stdout).toBe('');
  });

  test('uninstall takes the timer away, and nobody is unlocked without our blocks', async () => {
    await machine.sftpjail('lock-user', 'acme', '--until', '2099-12-31');
    await machine.sftpjail('uninstall', '--yes');
    expect((await machine.sh('find /etc/systemd -name "*sftpjail*"')).stdout).toBe('');
    expect(await timer()).toBe('inactive');
    const refusal = await machine.attempt('sftpjail', ['unlock-user', 'acme']);
    expect(refusal).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('this host is not prepared') });
    await machine.sftpjail('init', '--yes');
    expect(await timer()).toBe('active');
    await machine.sftpjail('unlock-user', 'acme');
    expect((await withKey()).exitCode).toBe(0);
    await machine.sftpjail('unlock-user', 'globex');
  });

  test('clear words for what cannot be', async () => {
    const refusals = [
      [['lock-user', 'nobody1'], 4, 'there is no account nobody1 of ours'],
      [['lock-user', 'root'], 2, '"root" is reserved'],
      [['lock-user', 'acme', '--until', '2020-01-01'], 2, '--until 2020-01-01 has passed: today is '],
      [['lock-user', 'acme', '--until', '2026-02-31'], 2, '"2026-02-31" is not a date'],
      [['unlock-user'], 2, 'unlock-user takes the name of an account, or --due alone'],
    ] as const;
    for (const [words, status, text] of refusals)
      expect(await machine.attempt('sftpjail', words)).toMatchObject({
        exitCode: status,
        stderr: expect.stringContaining(text),
      });
  });
});
