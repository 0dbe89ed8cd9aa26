import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, type KeyPair, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { forgiveFailures } from '../support/forgiving.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

describeMachine('accounts as a file says', (image) => {
  let machine: Machine;
  let first: KeyPair;
  let second: KeyPair;
  beforeAll(async () => {
    machine = await bootMachine(image);
    await forgiveFailures(machine);
    first = await makeKeyPair(machine);
    second = await makeKeyPair(machine, 'second');
  });
  afterAll(() => machine?.close());

  const hashOf = async (password: string, salt: string) =>
    (await machine.run('perl', ['-e', 'print crypt($ARGV[0], $ARGV[1])', password, salt])).stdout;

  async function apply(text: string, ...more: string[]) {
    await machine.writeFile('/root/accounts', text);
    const ran = await machine.attempt('sftpjail', ['apply', '/root/accounts', '--yes', '--json', ...more]);
    return { ...ran, told: JSON.parse(ran.stdout) };
  }
  const status = async (user: string, pair: KeyPair, ...commands: string[]) =>
    (await new Clients(machine, pair).sftpBatch(user, commands)).exitCode;
  const passwordStatus = async (user: string, password: string) =>
    (await new Clients(machine, first).sftpWithPassword(user, password, ['pwd'])).exitCode;
  const everything = () => machine.tree(['/etc', '/sftp-root', '/var/lib/sftpjail']);

  test('are made with all that can be said of one', async () => {
    const hash = await hashOf('correct horse', '$6$saltsalt$');
    const { exitCode, told } = await apply(`users:
  - name: acme
    keys: ["${first.publicKey.trim()}"]
    data: [in, out/2027]
    comment: "Acme \\"quoted\\" 100% Ltd"
    mail: ops@acme.example
  - {name: globex, passwordHash: "${hash}", readOnly: true, logLevel: DEBUG1}
  - {name: boss, admin: true, keys: ["${first.publicKey.trim()}"]}
  - {name: late, keys: ["${first.publicKey.trim()}"], expires: 2020-01-01}
  - {name: shut, keys: ["${first.publicKey.trim()}"], locked: true, uid: 70099}
`);
    expect(exitCode).toBe(0);
    expect(told).toMatchObject({ changed: true, accounts: { added: 5, changed: 0, removed: 0, unchanged: 0 } });
    expect(JSON.stringify(told)).not.toContain(hash);
    expect(await status('acme', first, 'put /etc/hostname out/2027/x')).toBe(0);
    expect(await passwordStatus('globex', 'correct horse')).toBe(0);
    expect(await status('boss', first, 'get /acme/data/out/2027/x /tmp/x')).toBe(0);
    for (const name of ['late', 'shut']) expect(await status(name, first, 'pwd')).toBe(255);
    const { stdout } = await machine.sh('getent passwd acme shut; id -Gn globex; getent shadow acme; cat /etc/subuid');
    const made = [
      /^acme:x:7\d{4}:\d+:Acme "quoted" 100% Ltd:\/data:\/usr\/sbin\/nologin$/m,
      /^shut:x:70099:\d+::\/data:\/usr\/sbin\/nologin$/m,
      /^sftp sftp-readonly$/m,
      /^acme:\*:\d+::::::$/m,
    ];
    for (const line of made) expect(stdout).toMatch(line);
    expect(stdout).not.toContain(':65536');
  });

  test('are told as a manifest, and that changes nothing', async () => {
    const { stdout } = await machine.sftpjail('list-users', '--format', 'manifest', '--hashes');
    expect(stdout).toMatch(/^ {2}- name: shut\n {4}uid: 70099\n {4}locked: true$/m);
    const before = await everything();
    expect((await apply(stdout)).told).toMatchObject({ changed: false, accounts: { unchanged: 5 }, changes: [] });
    expect(await everything()).toEqual(before);
    expect((await machine.sftpjail('list-users', '--format', 'manifest')).stdout).not.toContain('$6$');
  });

  test('change where it says something else, and stay as they are where it says nothing', async () => {
    const wire = await new Clients(machine, first).wire('boss');
    const hash = await hashOf('battery staple', '$6$othersalt$');
    const { told, stderr } = await apply(`users:
  - {name: acme, keys: ["${second.publicKey.trim()}"], readOnly: true, mail: null}
  - {name: globex, passwordHash: "${hash}"}
  - {name: boss, locked: true}
  - {name: shut, locked: false}
  - {name: late}
`);
    expect(told).toMatchObject({ changed: true, accounts: { added: 0, changed: 4, removed: 0, unchanged: 1 } });
    expect(stderr).toContain('sessions that are open may still write: acme');
    await expect(wire.get('/acme/data/out/2027/x')).rejects.toThrow('the session ended');
    expect(await status('acme', first, 'pwd')).toBe(255);
    expect(await status('acme', second, 'get out/2027/x /tmp/x')).toBe(0);
    expect(await status('acme', second, 'put /etc/hostname out/y')).toBe(1);
    expect(await passwordStatus('globex', 'correct horse')).toBe(255);
    expect(await passwordStatus('globex', 'battery staple')).toBe(0);
    expect(await status('boss', first, 'pwd')).toBe(255);
    expect(await status('shut', first, 'pwd')).toBe(0);
    expect((await machine.sh('ls /etc/sftpjail/users; cat /etc/sftpjail/users/acme.yaml')).stdout).not.toContain(
      'mail',
    );
  });

  test('that cannot be are named together, and nothing is changed', async () => {
    const before = await everything();
    const text = 'users:\n  - name: daemon\n  - {name: fresh, uid: 70099}\n  - name: acme\n    admin: true\n';
    const { exitCode, told } = await apply(text);
    expect(exitCode).toBe(4);
    expect(told.error.message.split('\n')).toEqual([
      '/root/accounts:2:5: an account daemon exists already and is not one of ours',
      '/root/accounts:3:6: uid 70099 belongs to shut',
      '/root/accounts:4:5: acme is a customer already',
    ]);
    const wrong = await apply(
      'users:\n  - {name: x, passwordHash: hunter2hunter2}\n  - {name: y, keys: [ssh-rsa nonsense]}\n',
    );
    expect(wrong.exitCode).toBe(2);
    expect(wrong.told.error.message).toMatch(
      /^\/root\/accounts:2:15: passwordHash: .*\n\/root\/accounts:3:22: the key is no public key/,
    );
    expect(wrong.stdout + wrong.stderr).not.toContain('hunter2');
    expect(await everything()).toEqual(before);
  });

  test('that it does not name go with --prune, and their files are kept', async () => {
    const dry = await apply('users: [{name: acme}]', '--prune', '--dry-run');
    expect(dry.told).toMatchObject({ changed: false, accounts: { removed: 4 } });
    const { told } = await apply('users: [{name: acme}]', '--prune');
    expect(told).toMatchObject({ changed: true, accounts: { removed: 4, unchanged: 1 } });
    expect((await machine.sh('ls /sftp-root /sftp-root/.removed; ls /etc/sftpjail/keys')).stdout).toMatch(
      /^\/sftp-root:\nacme\ndev\n\n\/sftp-root\/\.removed:\nglobex\.\S+\nlate\.\S+\nshut\.\S+\nacme\n$/,
    );
    expect((await machine.attempt('getent', ['passwd', 'globex', 'boss', 'late', 'shut'])).stdout).toBe('');
    expect(await status('acme', second, 'ls out')).toBe(0);
  });

  test('can come from the atmoz/sftp image, also where nothing makes many accounts at once', async () => {
    await machine.run('mv', ['/usr/bin/systemd-sysusers', '/root/']);
    const hash = await hashOf('an old password', '$1$salt1234$');
    const conf = `# customers\nfoo:a new password:70201:100:upload\nbar:${hash}:e:::upload,pub/in\nbaz::\n`;
    const { told, stderr } = await apply(conf, '--format', 'users.conf');
    expect(told).toMatchObject({ changed: true, accounts: { added: 3 } });
    expect(stderr).toContain('the gids of 1 lines are not taken over');
    expect(await passwordStatus('foo', 'a new password')).toBe(0);
    expect(await passwordStatus('bar', 'an old password')).toBe(0);
    const { stdout } = await machine.sh(
      'cd /sftp-root; stat -c "%n %U %a" foo/data/upload bar/data/{upload,pub/in}; id -u foo',
    );
    expect(stdout).toBe('foo/data/upload foo 2770\nbar/data/upload bar 2770\nbar/data/pub/in bar 2770\n70201\n');
    expect((await apply(conf, '--format', 'users.conf')).told).toMatchObject({ changed: false, changes: [] });

    const before = await everything();
    const hostile = await apply('foo:another secret\nnew\nfoo::\nevil::::../../etc\n', '--format', 'users.conf');
    expect(hostile.exitCode).toBe(2);
    expect(hostile.told.error.message.split('\n').map((line: string) => line.split(' ')[0])).toEqual([
      ...['/root/accounts:2:4:', '/root/accounts:3:1:', '/root/accounts:4:9:'],
    ]);
    expect(await everything()).toEqual(before);
  });
});
