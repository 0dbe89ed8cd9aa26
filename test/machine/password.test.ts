import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { SftpLog } from '../support/sftp-log.ts';

const SECRET = 'correct horse "battery" $taple';

/** Writes the arguments of every program that a command starts, and its environment, to a file; dies as it is told to. */
const SPY = `
const { ChildProcess } = require('node:child_process');
const spawn = ChildProcess.prototype.spawn;
ChildProcess.prototype.spawn = function (options) {
  require('node:fs').appendFileSync('/run/started', JSON.stringify([options.args, options.envPairs]) + '\\n');
  if (options.file === process.env.DIES_BEFORE) process.kill(process.pid, 'SIGKILL');
  return spawn.call(this, options);
};
`;

describeMachine('passwords', (image) => {
  let machine: Machine;
  let clients: Clients;
  let log: SftpLog;
  beforeAll(async () => {
    machine = await bootMachine(image);
    clients = new Clients(machine, await makeKeyPair(machine));
    log = new SftpLog(machine);
    await machine.sftpjail('init', '--yes');
    await machine.writeFile('/root/order', 'bricks');
    await machine.writeFile('/run/spy.cjs', SPY);
    await machine.sh('touch /root/before');
  });
  afterAll(() => machine?.close());

  const started = () => machine.readFile('/run/started');
  const addUser = (args: readonly string[], input?: string) =>
    machine.run('sftpjail', ['add-user', ...args], {
      env: { NODE_OPTIONS: '--require=/run/spy.cjs' },
      ...(input === undefined ? {} : { input }),
    });

  /** Everything on disk that was written meanwhile, in memory file systems too, and what journald and syslog keep. */
  async function whereverItIs(secret: string): Promise<string> {
    const script = `
      find / -xdev -newer /root/before -type f -exec grep -laF -- "$1" {} + || true
      find /run /tmp /dev/shm -type f -exec grep -laF -- "$1" {} + || true
      journalctl --no-pager --output=export | grep -aF -- "$1" || true`;
    return (await machine.sh(script, { args: [secret] })).stdout;
  }

  async function logsInWith(user: string, password: string): Promise<void> {
    const logged = await log.of(user, async () => {
      expect(await clients.sftpWithPassword(user, password, ['put /root/order'])).toMatchObject({ exitCode: 0 });
    });
    expect(logged).toContain('close "/data/order" bytes read 0 written 6');
  }

  test('what is searched for would be found', async () => {
    await machine.sh('echo planted-here > /var/log/planted; echo planted-here > /run/planted; logger planted-there');
    expect(await whereverItIs('planted-here')).toBe('/var/log/planted\n/run/planted\n');
    expect(await whereverItIs('planted-there')).toMatch(/^MESSAGE=planted-there$/m);
  });

  test('--password-stdin: the customer logs in with it, and it stands nowhere', async () => {
    const plan = await addUser(['acme', '--password-stdin', '--dry-run', '--json'], `${SECRET}\n`);
    const ran = await addUser(['acme', '--password-stdin', '--json'], `${SECRET}\n`);
    expect(JSON.parse(ran.stdout).changes).toContainEqual({
      kind: 'password',
      at: 'acme',
      before: null,
      after: { set: true },
    });
    for (const said of [plan.stdout, plan.stderr, ran.stdout, ran.stderr]) expect(said).not.toContain('battery');
    expect(await started()).toMatch(/"chpasswd"/);
    expect(await started()).not.toContain('battery');
    await logsInWith('acme', SECRET);
    expect((await clients.sftpWithPassword('acme', `${SECRET}x`, [])).exitCode).toBe(255);
    expect(await whereverItIs('battery')).toBe('');
  });

  test('--generate-password: printed once, and it stands nowhere else', async () => {
    const ran = await addUser(['bob', '--generate-password']);
    const [, password = ''] = /^password: +(\S{24}) /m.exec(ran.stdout) ?? [];
    expect(password).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(ran.stderr).not.toContain(password);
    expect(await started()).not.toContain(password);
    expect(await whereverItIs(password)).toBe('');
    await logsInWith('bob', password);
    const again = await addUser(['bob', '--generate-password']);
    expect(again.stdout).not.toContain('password:');
    expect(again.stderr).toContain('bob has a password already, which was kept');
    await logsInWith('bob', password);
  });

  test('a password for one customer is none for the others', async () => {
    await machine.sftpjail('add-user', 'carol', '--key', '/root/.ssh/customer.pub');
    for (const [user, expected] of [
      ['acme', 'yes'],
      ['carol', 'no'],
    ] as const) {
      const connection = `user=${user},host=x,addr=1.2.3.4,laddr=127.0.0.1,lport=22`;
      const { stdout } = await machine.run('/usr/sbin/sshd', ['-T', '-C', connection]);
      expect(stdout).toContain(`\npasswordauthentication ${expected}\n`);
    }
    expect((await clients.sftpBatch('carol', ['put /root/order'])).exitCode).toBe(0);
    expect((await clients.sftpBatch('acme', ['pwd'])).exitCode).toBe(255);
  });

  test('a run that is killed before the password is set leaves none in its journal', async () => {
    const env = { NODE_OPTIONS: '--require=/run/spy.cjs', DIES_BEFORE: 'chpasswd' };
    const ran = await machine.attempt('sftpjail', ['add-user', 'erik', '--password-stdin'], { env, input: SECRET });
    expect(ran.exitCode).toBe(137);
    expect(await machine.readFile('/var/lib/sftpjail/journal')).toContain('"kind":"password"');
    expect(await whereverItIs('battery')).toBe('');
    await machine.sftpjail('recover');
    expect((await machine.attempt('id', ['erik'])).exitCode).toBe(1);
  });
});
