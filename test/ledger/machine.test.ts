import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

const CONFIG = '/etc/sftpjail/config.yaml';
const LEDGER = '/var/lib/sftpjail/ledger/ledger.db';

const QUERY = `const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
const rows = new DatabaseSync('${LEDGER}', { readOnly: true })
  .prepare('SELECT user_name, path, bytes_written, exact FROM transfers_in_words ORDER BY closed').all();
console.log(JSON.stringify(rows.map(Object.values)));`;

describeMachine('a host that keeps a ledger', (image) => {
  let machine: Machine;
  let clients: Clients;
  beforeAll(async () => {
    // Debian's own Node has no SQLite.
    machine = await bootMachine(image, { bind: [{ from: process.execPath, to: '/usr/bin/node' }] });
    clients = new Clients(machine, await makeKeyPair(machine));
    await machine.sh('mkdir /etc/sftpjail && echo one > /root/one');
    await machine.writeFile(CONFIG, 'ledger: { enabled: true }\n', 0o640);
    await machine.sftpjail('init', '--yes');
    await machine.sftpjail('add-user', 'acme', '--key', `${clients.key.path}.pub`, '--yes', '--quiet');
  });
  afterAll(() => machine?.close());

  const held = async () => JSON.parse((await machine.run('node', ['--no-warnings', '-e', QUERY])).stdout);
  const stateOf = async (path: string) => (await machine.run('stat', ['-c', '%U %a', path])).stdout.trim();
  const until = async (isSo: () => Promise<boolean>) => {
    for (const end = Date.now() + 60_000; !(await isSo()); await new Promise((resolve) => setTimeout(resolve, 200)))
      if (Date.now() > end) throw new Error(`still ${JSON.stringify(await held())}`);
  };

  test('by a timer, then by the daemon, each transfer once; nothing is changed by a second init', async () => {
    expect((await machine.run('systemctl', ['is-active', 'sftpjail-ledger.timer'])).stdout).toBe('active\n');
    await clients.sftpBatch('acme', ['put /root/one']);
    // Its last line comes when the client has gone.
    await until(async () => {
      await machine.run('systemctl', ['start', 'sftpjail-ledger.service']);
      return (await held()).length > 0;
    });
    expect(await held()).toEqual([['acme', '/data/one', 4, 1]]);
    expect([await stateOf(LEDGER), await stateOf('/var/lib/sftpjail/ledger')]).toEqual(['root 600', 'root 700']);

    // What nothing was added to is not read again, and no database is opened: this Node has none.
    await machine.writeFile('/root/before.cjs', 'process.getBuiltinModule = undefined;\n');
    const words = ['/usr/bin/node', '-r', '/root/before.cjs', '/opt/sftpjail/bin/sftpjail.js', 'ledger', 'import'];
    await until(async () => (await machine.sftpjail('ledger', 'import')).stderr === 'Nothing new.\n');
    expect(await machine.attempt('env', words)).toEqual({ exitCode: 0, stdout: '', stderr: 'Nothing new.\n' });
    await machine.sh('touch /var/log/sftp.log');
    expect((await machine.attempt('env', words)).stderr).toContain('better-sqlite3, which is not installed');
    expect(await machine.attempt('env', [...words.slice(0, -2), 'doctor', 'ledger'])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('mend: npm install --global better-sqlite3@12.11.1'),
    });

    await machine.writeFile(CONFIG, 'ledger: { enabled: true }\nwatch: { enabled: true }\n', 0o640);
    await machine.sftpjail('init', '--yes');
    expect((await machine.attempt('systemctl', ['is-active', 'sftpjail-ledger.timer'])).stdout).toBe('inactive\n');
    await clients.sftpBatch('acme', ['put /root/one two']);
    await until(async () => (await held()).length > 1);
    await machine.sftpjail('ledger', 'import', '--quiet');
    expect(await held()).toEqual([
      ['acme', '/data/one', 4, 1],
      ['acme', '/data/two', 4, 1],
    ]);
    expect(await stateOf(LEDGER)).toBe('sftpjail 600');
    expect(JSON.parse((await machine.sftpjail('init', '--yes', '--json')).stdout)).toMatchObject({ changed: false });
    expect((await machine.sftpjail('doctor', 'ledger', 'files')).stdout).toContain('as it should be');
  });

  test('what is in it stays when everything else is taken back', async () => {
    await machine.sftpjail('uninstall', '--remove-users', '--delete-data', '--yes');
    expect(await held()).toHaveLength(2);
    expect((await machine.attempt('ls', ['/etc/systemd/system/sftpjail-ledger.timer'])).exitCode).not.toBe(0);
  });
});
