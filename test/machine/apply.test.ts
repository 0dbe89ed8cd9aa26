import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KeyPair, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { manifestOf } from '../support/manifest.ts';

const MANY = 5000;
const OURS = [
  '/etc/passwd',
  '/etc/shadow',
  '/etc/group',
  '/etc/gshadow',
  '/etc/sftpjail',
  '/sftp-root',
  '/var/lib/sftpjail',
];

/** Prints how many jails there were when the command was dead. */
const KILLED = `
node /opt/sftpjail/bin/sftpjail.js apply "$1" --yes --quiet & pid=$!
until [ -e /sftp-root/client-300 ]; do [ -d /proc/$pid ]; done
kill -9 $pid; wait $pid || true
ls -d /sftp-root/client-* | wc -l`;

describeMachine('a manifest of thousands of accounts', (image) => {
  let machine: Machine;
  let pair: KeyPair;
  beforeAll(async () => {
    machine = await bootMachine(image);
    pair = await makeKeyPair(machine);
    await machine.writeFile('/root/many.yaml', manifestOf(MANY, pair.publicKey));
  });
  afterAll(() => machine?.close());

  const apply = (...args: string[]) =>
    machine.attempt('sftpjail', ['apply', ...args, '--yes', '--json', '--quiet'], { timeout: 300_000 });

  test('changes nothing at all where one entry is wrong', async () => {
    const text = manifestOf(MANY, pair.publicKey).replace('name: customer-4711\n', 'name: Customer 4711\n');
    await machine.writeFile('/root/bad.yaml', text);
    const before = await machine.tree(['/etc', '/var/lib'], ['/etc/systemd']);
    const { exitCode, stderr } = await apply('/root/bad.yaml');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^sftpjail: error: \/root\/bad\.yaml:23552:5: name: "Customer 4711" is not a usable/);
    expect(await machine.tree(['/etc', '/var/lib'], ['/etc/systemd'])).toEqual(before);
    expect((await machine.attempt('ls', ['/sftp-root'])).exitCode).not.toBe(0);
  });

  test('makes a bare host so, and the second time there is nothing to do', async () => {
    const first = await apply('/root/many.yaml');
    expect(first.exitCode).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ changed: true, accounts: { added: MANY } });
    const after = await machine.tree(OURS);
    const second = await apply('/root/many.yaml');
    expect(JSON.parse(second.stdout)).toMatchObject({ changed: false, accounts: { unchanged: MANY }, changes: [] });
    expect(await machine.tree(OURS)).toEqual(after);
  });

  test('is taken back by recover where it was killed while its threads made jails', async () => {
    const before = await machine.tree(OURS);
    const text = manifestOf(2000, pair.publicKey).replaceAll('customer-', 'client-');
    await machine.writeFile('/root/more.yaml', text);
    const { stdout } = await machine.sh(KILLED, { args: ['/root/more.yaml'], timeout: 300_000 });
    expect(Number(stdout)).toBeGreaterThan(0);
    await machine.run('sftpjail', ['recover'], { timeout: 300_000 });
    expect(await machine.tree(OURS)).toEqual(before);
  });
});
