import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { forgiveFailures } from '../support/forgiving.ts';
import { heard } from '../support/heard.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { diffTrees } from '../support/tree.ts';

const HOST = ['/etc', '/sftp-root', '/var/lib/sftpjail'];
const KEYS = '/etc/sftpjail/keys/acme';

/** As `sftpjail` with words, killed right before, or right after, chpasswd. */
const DIES = `
const { ChildProcess } = require('node:child_process');
const spawn = ChildProcess.prototype.spawn;
ChildProcess.prototype.spawn = function (options) {
  if (options.file !== 'chpasswd') return spawn.call(this, options);
  if (process.env.DIES === 'before') process.kill(process.pid, 'SIGKILL');
  const started = spawn.call(this, options);
  this.once('close', () => process.kill(process.pid, 'SIGKILL'));
  return started;
};
`;

describeMachine('add-key, remove-key and set-password', (image) => {
  let machine: Machine;
  let old: Clients;
  let fresh: Clients;
  let fingerprint: string;
  beforeAll(async () => {
    machine = await bootMachine(image);
    await forgiveFailures(machine);
    old = new Clients(machine, await makeKeyPair(machine, 'old'));
    fresh = new Clients(machine, await makeKeyPair(machine, 'fresh'));
    fingerprint = (await machine.sh('ssh-keygen -lf /root/.ssh/old.pub')).stdout.split(' ')[1] as string;
    await machine.sftpjail('init', '--yes');
    await machine.sftpjail('add-user', 'acme', '--key', '/root/.ssh/old.pub');
    await machine.writeFile('/run/dies.cjs', DIES);
  });
  afterAll(() => machine?.close());

  const logsIn = async (clients: Clients) => (await clients.sftpBatch('acme', ['ls'])).exitCode === 0;
  const passes = async (password: string) => (await old.sftpWithPassword('acme', password, ['ls'])).exitCode === 0;
  const sftpjail = (words: readonly string[], input = '') => machine.attempt('sftpjail', words, { input });
  const told = async (words: readonly string[], input = '') => {
    const { stdout } = await machine.run('sftpjail', [...words, '--json'], { input });
    return JSON.parse(stdout) as { changed: boolean } & Record<string, unknown>;
  };

  async function refusedWith(words: string, typed: readonly string[], input = ''): Promise<void> {
    const before = await machine.tree(HOST);
    const { exitCode, stderr } = await sftpjail(typed, input);
    expect(stderr).toContain(words);
    expect(stderr).toMatch(/^sftpjail: hint: /m);
    expect([2, 4]).toContain(exitCode);
    expect(diffTrees(before, await machine.tree(HOST))).toEqual([]);
  }

  test('a key is added with the options in front of it, once', async () => {
    expect(await logsIn(fresh)).toBe(false);
    const { publicKey } = fresh.key;
    expect(await told(['add-key', 'acme', '-'], `from="127.0.0.1,10.0.0.0/8",restrict ${publicKey}`)).toMatchObject({
      changed: true,
      keys: [{ type: 'ED25519', fingerprint: expect.stringMatching(/^SHA256:/) }],
    });
    expect(await machine.readFile(KEYS)).toBe(`${old.key.publicKey}from="127.0.0.1,10.0.0.0/8",restrict ${publicKey}`);
    expect(await logsIn(fresh)).toBe(true);
    expect(await logsIn(old)).toBe(true);
    expect(await told(['add-key', 'acme', '-'], `from="127.0.0.1,10.0.0.0/8",restrict ${publicKey}`)).toMatchObject({
      changed: false,
    });
    // The same key with other options is the same key.
    expect(await told(['add-key', 'acme', '-'], `from="10.0.0.0/8" ${publicKey}`)).toMatchObject({ changed: true });
    expect(await logsIn(fresh)).toBe(false);
    await told(['add-key', 'acme', '/root/.ssh/fresh.pub', '/root/.ssh/old.pub']);
    expect(await machine.readFile(KEYS)).toBe(`${old.key.publicKey}${publicKey}`);
  });

  test('a bad or weak key is refused with the reason', async () => {
    await machine.sh('cd /root; ssh-keygen -q -t rsa -b 1024 -N "" -f weak; ssh-keygen -q -t ecdsa -N "" -f curve');
    const dsa = `ssh-dss AAAAB3NzaC1kc3MAAACBA${'A'.repeat(200)} old@example.com`;
    await refusedWith('weak.pub: line 1 is an RSA key of 1024 bits, which is too weak: 2048 are the least', [
      'add-key',
      'acme',
      '/root/weak.pub',
    ]);
    await refusedWith('is an RSA key of 1024 bits', ['add-user', 'other', '--key', '/root/weak.pub']);
    await refusedWith('stdin: line 1 is a DSA key, which sshd does not accept', ['add-key', 'acme', '-'], dsa);
    await refusedWith('it knows no option form', ['add-key', 'acme', '-'], `form="10.0.0.1" ${fresh.key.publicKey}`);
    await refusedWith('is a private key', ['add-key', 'acme', '/root/.ssh/fresh']);
    await refusedWith('is no public key', ['add-key', 'acme', '-'], fresh.key.publicKey.slice(0, 40));
    await refusedWith('cannot read /root/missing.pub', ['add-key', 'acme', '/root/missing.pub']);
    await refusedWith('no key was given', ['add-key', 'acme']);
    await refusedWith('there is no account nobody1 of ours', ['add-key', 'nobody1', '/root/.ssh/fresh.pub']);
    // What the host's own sshd would not take, whatever ssh-keygen says.
    await machine.sh('echo "PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-512" > /etc/ssh/sshd_config.d/10-keys.conf');
    await refusedWith('PubkeyAcceptedAlgorithms does not name ecdsa-sha2-nistp256', [
      'add-key',
      'acme',
      '/root/curve.pub',
    ]);
    await machine.sh('rm /etc/ssh/sshd_config.d/10-keys.conf');
  });

  test('a key is removed by its fingerprint, and the last credential only with --yes', async () => {
    const session = await old.wire('acme');
    const { stderr } = await machine.sftpjail('remove-key', 'acme', fingerprint.replace('SHA256:', ''));
    expect(stderr).toContain(`acme cannot log in with ${fingerprint} any more.`);
    expect(stderr).toContain('sessions of acme are open and go on; to end them: sftpjail lock-user acme');
    await session.close();
    expect(await logsIn(old)).toBe(false);
    expect(await logsIn(fresh)).toBe(true);
    expect(await told(['remove-key', 'acme', fingerprint])).toMatchObject({ changed: false });
    const last = (await machine.sh('ssh-keygen -lf /root/.ssh/fresh.pub')).stdout.split(' ')[1] as string;
    await refusedWith('that is the last credential of acme', ['remove-key', 'acme', last]);
    await refusedWith('is not a SHA256 fingerprint', ['remove-key', 'acme', 'MD5:00:11']);
    expect(await told(['remove-key', 'acme', last, '--yes'])).toMatchObject({ changed: true, keys: [] });
    expect((await machine.attempt('ls', [KEYS])).exitCode).toBe(2);
    expect(await logsIn(fresh)).toBe(false);
  });

  test('a password is set, replaced, and made', async () => {
    expect(await told(['set-password', 'acme', '--password-stdin'], 'the first one\n')).toMatchObject({
      changed: true,
    });
    expect(await passes('the first one')).toBe(true);
    const { stdout, stderr } = await sftpjail(['set-password', 'acme', '--generate-password']);
    expect(stderr).toContain('acme has a new password.');
    const made = /^password: {5}(\w{24}) {3}\(shown this once\)\n$/.exec(stdout)?.[1] as string;
    expect(await passes(made)).toBe(true);
    expect(await passes('the first one')).toBe(false);
    await machine.sftpjail('add-key', 'acme', '/root/.ssh/old.pub');
    expect(await told(['remove-key', 'acme', fingerprint])).toMatchObject({ changed: true });
    await refusedWith('no password was given', ['set-password', 'acme']);
    await refusedWith('the password is not usable', ['set-password', 'acme', '--password-stdin'], 'short\n');
    await refusedWith('exclude each other', ['set-password', 'acme', '--password-stdin', '--generate-password']);
  });

  test('a terminal is asked for it', async () => {
    const terminal = machine.spawn('timeout', ['60', 'script', '-qefc', 'sftpjail set-password acme', '/dev/null'], {
      env: { TERM: 'xterm' },
    });
    const shown = heard(terminal);
    await expect.poll(shown, { timeout: 30_000 }).toContain('Password:');
    terminal.process.stdin?.write('typed by hand\r');
    expect((await terminal.done).exitCode).toBe(0);
    expect(shown()).not.toContain('typed by hand');
    expect(await passes('typed by hand')).toBe(true);
  });

  test('killed at the last moment, recover says truly which password it is', async () => {
    await machine.run('sftpjail', ['set-password', 'acme', '--password-stdin'], { input: 'the old one' });
    const killed = (when: string) =>
      machine.attempt('sftpjail', ['set-password', 'acme', '--password-stdin'], {
        input: 'the new one',
        env: { NODE_OPTIONS: '--require=/run/dies.cjs', DIES: when },
      });
    await killed('before');
    const journal = await machine.readFile('/var/lib/sftpjail/journal');
    expect(journal).not.toMatch(/the new one|the old one|\$y\$/);
    expect((await machine.sftpjail('recover')).stderr).toContain('Undone: set-password acme');
    expect(await passes('the old one')).toBe(true);
    await killed('after');
    expect((await machine.sftpjail('recover')).stderr).toContain('Finished: set-password acme');
    expect(await passes('the new one')).toBe(true);
    expect(await passes('the old one')).toBe(false);
  });
});
