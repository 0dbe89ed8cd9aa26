import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionHookEvent } from '../../src/watch/event.ts';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

const FILE = '/etc/pam.d/sshd';

const config = (required: boolean) => `hooks:
  user: backup
  before-session: { command: [/usr/local/bin/before, "two words"], timeout: 1s, required: ${required} }
  after-session: { command: [/usr/local/bin/after], timeout: 5s }
`;

/** Keeps what it was told: words and JSON. */
const told = (file: string, then = 'exit 0') => `#!/bin/sh
{ echo "$1|$SFTPJAIL_EVENT|$SFTPJAIL_USER|$SFTPJAIL_IP|$(id -un)|$LD_PRELOAD$NODE_OPTIONS"; cat; } >> /tmp/${file}
${then}
`;

describeMachine('hooks that sshd waits for', (image) => {
  let machine: Machine;
  let clients: Clients;
  let stock: string;
  beforeAll(async () => {
    machine = await bootMachine(image);
    stock = await bytes();
    await before(told('before'));
    await machine.writeFile('/usr/local/bin/after', told('after'), 0o755);
    await machine.sh('mkdir /etc/sftpjail');
    await machine.writeFile('/etc/sftpjail/config.yaml', config(false), 0o640);
    clients = await addCustomers(machine, 'acme');
    await machine.sh(
      'useradd --create-home --shell /bin/sh alice; for home in /root ~alice; do mkdir -p $home/.ssh; cat "$1" > $home/.ssh/authorized_keys; done; chown -R alice: ~alice; printf "LD_PRELOAD DEFAULT=/nonexistent\\n" > ~alice/.pam_environment',
      { args: [`${clients.key.path}.pub`] },
    );
  });
  afterAll(() => machine?.close());

  const bytes = async () => (await machine.sh(`stat -c '%a %u %g' ${FILE}; base64 ${FILE}`)).stdout;
  const before = (script: string) => machine.writeFile('/usr/local/bin/before', script, 0o755);
  const login = (user: string) => clients.sftpBatch(user, ['pwd'], { timeout: 30_000 });
  const shell = (user: string) => clients.sshTry(user, [], ['id', '-un']);
  const read = async (file: string, count: number) => {
    const script = 'until [ "$(grep -c ^{ "/tmp/$1")" -ge "$2" ]; do sleep 0.05; done; cat "/tmp/$1"; rm "/tmp/$1"';
    const { stdout } = await machine.sh(script, { args: [file, String(count)], timeout: 30_000 });
    const lines = stdout.trim().split('\n');
    return { words: lines.filter((line) => !line.startsWith('{')), events: lines.flatMap(eventIn) };
  };
  const eventIn = (line: string) => (line.startsWith('{') ? [JSON.parse(line) as SessionHookEvent] : []);
  test('the plan shows the line; before and after a session of a customer a command runs, as its user and told of it', async () => {
    const [shown] = (await machine.sh(`grep -n 'sftpjail$' ${FILE}`)).stdout.trim().split('\n');
    await machine.writeFile('/etc/sftpjail/config.yaml', '', 0o640);
    expect((await machine.sftpjail('init', '--dry-run')).stdout).toContain(`- line ${FILE}`);
    await machine.writeFile('/etc/sftpjail/config.yaml', config(true), 0o640);
    const plan = (await machine.sftpjail('init', '--dry-run')).stdout;
    expect(plan).toMatch(/~ line \/etc\/pam\.d\/sshd \(line session optional pam_exec.* -> session required pam_exec/);
    await machine.writeFile('/etc/sftpjail/config.yaml', config(false), 0o640);
    expect(JSON.parse((await machine.sftpjail('init', '--yes', '--json')).stdout)).toMatchObject({ changed: false });
    expect(shown).toContain('session optional pam_exec.so quiet type=open_session');

    expect(await login('acme')).toMatchObject({ exitCode: 0 });
    const [first, last] = [await read('before', 1), await read('after', 1)];
    expect(first.words).toEqual(['two words|before-session|acme|127.0.0.1|backup|']);
    expect(last.words).toEqual(['|after-session|acme|127.0.0.1|backup|']);
    const [event] = first.events;
    expect(event).toMatchObject({ v: 1, event: 'before-session', user: 'acme', client: { ip: '127.0.0.1' } });
    expect(last.events).toEqual([{ ...event, event: 'after-session', at: last.events[0]?.at }]);
  });

  test('root and others who are none of ours pass without it, and nobody waits longer than its time limit', async () => {
    await before('#!/bin/sh\nsleep 1000 & sleep 1000\n');
    for (const user of ['root', 'alice']) expect((await shell(user)).stdout).toBe(`${user}\n`);
    expect(await login('acme')).toMatchObject({ exitCode: 0 });
    expect((await machine.sh('pgrep -f "[s]leep 1000" || true; journalctl -t sftpjail')).stdout).toMatch(
      /^(?!\d).*a hook failed: \/usr\/local\/bin\/before took longer than 1 s/s,
    );
    await before(told('before', 'echo no; exit 3'));
    expect(await login('acme')).toMatchObject({ exitCode: 0 });
    const { words } = await read('before', 1);
    expect(words).toEqual(['two words|before-session|acme|127.0.0.1|backup|']);
    await read('after', 2);
  });

  test('where it is required a failure, a time limit and a missing Node keep out customers, and nobody else', async () => {
    await machine.writeFile('/etc/sftpjail/config.yaml', config(true), 0o640);
    await machine.sftpjail('init', '--yes');
    expect(await login('acme')).toMatchObject({ exitCode: 255 });
    await before('#!/bin/sh\nsleep 1000\n');
    expect(await login('acme')).toMatchObject({ exitCode: 255 });
    for (const user of ['root', 'alice']) expect((await shell(user)).stdout).toBe(`${user}\n`);
    await before(told('before'));
    expect(await login('acme')).toMatchObject({ exitCode: 0 });
    await read('after', 1);
    await machine.sh('touch /tmp/none; mount --bind /tmp/none "$(readlink -f "$(command -v node)")"');
    expect(await login('acme')).toMatchObject({ exitCode: 255 });
    for (const user of ['root', 'alice']) expect((await shell(user)).stdout).toBe(`${user}\n`);
    await machine.sh('umount "$(readlink -f "$(command -v node)")"');
    expect(await login('acme')).toMatchObject({ exitCode: 0 });
  });

  test('doctor says what that risks, and what is missing; init refuses what would keep everybody out', async () => {
    const notes = await machine.attempt('sftpjail', ['doctor', 'session-hooks']);
    expect([notes.exitCode, notes.stderr]).toEqual([0, expect.stringContaining('no customer gets in')]);
    await machine.sh('chmod -x /usr/local/bin/before');
    const { stdout, exitCode } = await machine.attempt('sftpjail', ['doctor', 'session-hooks']);
    expect([exitCode, stdout]).toEqual([3, expect.stringContaining('error session-hooks: /usr/local/bin/before')]);
    expect(await machine.attempt('sftpjail', ['init', '--yes'])).toMatchObject({ exitCode: 4 });
    await machine.sh(`chmod +x /usr/local/bin/before; sed -i '/# sftpjail$/d' ${FILE}`);
    expect(await bytes()).toBe(stock);
    await machine.sftpjail('doctor', 'session-hooks', '--fix', '--yes');
    expect(await bytes()).not.toBe(stock);
  });

  test('a symlink is not followed; uninstall leaves the file as it was, to the byte', async () => {
    await machine.sh(`mv ${FILE} /etc/sshd.real; ln -s /etc/sshd.real ${FILE}`);
    const { exitCode, stderr } = await machine.attempt('sftpjail', ['init', '--yes']);
    expect([exitCode, stderr]).toEqual([4, expect.stringContaining(`${FILE} is not a regular file but a symlink`)]);
    await machine.sh(`rm ${FILE}; mv /etc/sshd.real ${FILE}`);
    await machine.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    expect(await bytes()).toBe(stock);
  });
});
