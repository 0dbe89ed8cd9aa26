import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/log/session.ts';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { heard } from '../support/heard.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { ToldSessions } from '../support/told-sessions.ts';

describeMachine('what an operator asks of sessions', (image) => {
  let machine: Machine;
  let clients: Clients;
  let told: ToldSessions;
  let between: string;
  beforeAll(async () => {
    machine = await bootMachine(image);
    await machine.sftpjail('init', '--yes');
    clients = await addCustomers(machine, 'acme', 'globex');
    told = new ToldSessions(machine);
    await machine.writeFile('/root/order', 'one hundred bricks');
    await told.of(() => clients.sftpBatch('acme', ['put /root/order', 'get order /root/got', 'rm order']));
    await sleep(1100);
    between = (await machine.run('date', ['+%Y-%m-%dT%H:%M:%S'])).stdout.trim();
    await told.of(() => clients.sftpBatch('globex', ['put /root/order "two words"', '-get nothing']));
    await told.of(async () => {
      const wire = await clients.wire('globex');
      await wire.put('last', 'x');
      await wire.kill();
    });
  });
  afterAll(() => machine?.close());

  const names = (sessions: readonly Session[]) => sessions.map(({ user, end }) => `${user} ${end}`);
  const lines = async (...args: string[]) => (await machine.sftpjail('sessions', ...args)).stdout.trimEnd().split('\n');

  test('--user, --since, --until and --failed leave out what is not asked for', async () => {
    expect(names(await told.ask())).toEqual(['acme closed', 'globex closed', 'globex aborted']);
    expect(names(await told.ask('--user', 'acme'))).toEqual(['acme closed']);
    expect(names(await told.ask('--until', between))).toEqual(['acme closed']);
    expect(names(await told.ask('--since', between))).toEqual(['globex closed', 'globex aborted']);
    expect(names(await told.ask('--since', 'today', '--failed'))).toEqual(['globex aborted']);
    expect(await told.ask('--until', '1h')).toEqual([]);
    expect(await told.ask('--user', 'nobody')).toEqual([]);
  });

  test('a table, one line a session', async () => {
    const table = await lines();
    expect(table.map((line) => line.split(/ {2,}/).slice(1).join(' '))).toEqual([
      'USER FROM END UP DOWN GONE IN OUT',
      'acme 127.0.0.1 closed 1 1 1 18 B 18 B',
      'globex 127.0.0.1 closed 1 0 0 18 B 0 B',
      'globex 127.0.0.1 aborted 1 0 0 1 B 0 B',
    ]);
  });

  test('csv, one row a transfer or change, with what the JSON says', async () => {
    const [head = '', ...rows] = (await lines('--format', 'csv')).map((line) => line.trimEnd().split(','));
    const told1 = rows.map((row) => Object.fromEntries((head as string[]).map((name, index) => [name, row[index]])));
    expect(
      told1.map(({ user, n, action, path, bytes_written, bytes_read }) => [
        user,
        n,
        action,
        path,
        bytes_written,
        bytes_read,
      ]),
    ).toEqual([
      ['acme', '1', 'upload', '/data/order', '18', '0'],
      ['acme', '2', 'download', '/data/order', '0', '18'],
      ['acme', '3', 'remove', '/data/order', '', ''],
      ['globex', '1', 'upload', '/data/two words', '18', '0'],
      ['globex', '1', 'upload', 'last', '1', '0'],
    ]);
  });

  test('xferlog, one line a transfer', async () => {
    const fields = (await lines('--format', 'xferlog')).map((line) => line.replace(/^.{24} /, '').split(' '));
    expect(
      fields.map(([, from, bytes, path, , , way, , user, , , , end]) => [from, bytes, path, way, user, end]),
    ).toEqual([
      ['127.0.0.1', '18', '/data/order', 'i', 'acme', 'c'],
      ['127.0.0.1', '18', '/data/order', 'o', 'acme', 'c'],
      ['127.0.0.1', '18', '/data/two_words', 'i', 'globex', 'c'],
      ['127.0.0.1', '1', 'last', 'i', 'globex', 'c'],
    ]);
  });

  test('who may not read the log, or the configuration that says where it is, is told what to do', async () => {
    const as = (groups: string, ...args: string[]) =>
      machine.attempt('setpriv', ['--reuid=65534', '--regid=65534', groups, 'sftpjail', 'sessions', ...args]);
    const configuration = await as('--clear-groups', '/var/log/sftp.log');
    expect(configuration).toMatchObject({ exitCode: 4, stdout: '' });
    expect(configuration.stderr).toContain('/etc/sftpjail/config.yaml: EACCES');
    expect(configuration.stderr).toContain('hint: run it as root, with sudo\n');
    await machine.sh('mv /etc/sftpjail/config.yaml /root/');
    const hint = 'run it as root, with sudo, or as a member of the group that may read it, mostly adm';
    expect(await as('--clear-groups', '/var/log/sftp.log')).toEqual({
      ...{ exitCode: 4, stdout: '' },
      stderr: `sftpjail: error: cannot read /var/log/sftp.log: permission denied\nsftpjail: hint: ${hint}: ls -l /var/log/sftp.log\n`,
    });
    expect(await as('--clear-groups')).toMatchObject({ exitCode: 4, stdout: '' });
    const adm = (await machine.run('getent', ['group', 'adm'])).stdout.split(':')[2];
    const { stdout, exitCode } = await as(`--groups=${adm}`, '--json');
    expect([exitCode, stdout.trim().split('\n').length]).toEqual([0, 3]);
    await machine.sh('mv /root/config.yaml /etc/sftpjail/');
  });

  /** Types a command into a terminal, and Ctrl-C once it shows what is awaited. @returns what it shows, line by line, the settings of the terminal first and last */
  async function interrupted(command: string, awaited: RegExp, provoke: () => unknown = () => {}) {
    const inside = `trap : INT; stty -g; ${command}; echo "status $?"; stty -g`;
    const terminal = machine.spawn('timeout', ['--foreground', '60', 'script', '-qefc', inside, '/dev/null'], {
      env: { TERM: 'xterm' },
    });
    const shown = heard(terminal);
    const provoked = async () => {
      await provoke();
      return shown();
    };
    await expect.poll(provoked, { timeout: 50_000 }).toMatch(awaited);
    terminal.process.stdin?.write('\u0003');
    await expect.poll(shown, { timeout: 50_000 }).toMatch(/status \d+\r\n.+\r\n/);
    terminal.process.stdin?.end();
    return (await terminal.done).stdout.replaceAll('\r\n', '\n').trim().split('\n');
  }

  test('Ctrl-C ends --follow and leaves the terminal as it was', async () => {
    const shown = await interrupted('sftpjail sessions --follow', /OPENED/, () => clients.sftpBatch('acme', ['ls']));
    expect(shown.at(-1)).toBe(shown[0]);
    expect(shown.at(-2)).toMatch(/status 130$/);
    expect(shown.join('\n')).not.toContain('\u001b[?');
  });

  test('Ctrl-C ends a long read: its progress is taken away, and the terminal is as it was', async () => {
    await machine.sh('mkfifo /run/slow');
    const slow = machine.sh('exec > /run/slow; while cat /var/log/sftp.log; do sleep 0.3; done || true');
    const shown = await interrupted('sftpjail sessions --user nobody /run/slow', /read [\d.]+ [kM]B/);
    await slow.catch(() => {});
    const text = shown.join('\n');
    expect(shown.at(-1)).toBe(shown[0]);
    const [, progress] = text.split('\r\u001b[K');
    expect(progress).toMatch(/^read \d+(\.\d+)? [kM]B/);
    expect(text.split('\r\u001b[K').at(-1)).toMatch(/^(\^C)?status 130\n/);
  });
});
