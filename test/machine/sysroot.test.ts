import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { SftpLog } from '../support/sftp-log.ts';
import { diffTrees } from '../support/tree.ts';

/** The machine's own disk, once more and without anything that is mounted on it: an image, as far as anybody can tell. */
const MOUNT_IMAGE = `
mkdir /image
mount --bind / /image
`;
/** As `npm install --global` in the image would: sftpjail where it is outside, and Debian 12's node. */
const INSTALL = `
for name in bin dist templates package.json; do mount --bind /opt/sftpjail/$name /image/opt/sftpjail/$name; done
[ -s /image/usr/bin/node ] || mount --bind /usr/bin/node /image/usr/bin/node
`;

describeMachine('an image that is mounted somewhere', (image) => {
  let machine: Machine;
  let clients: Clients;
  let key: string;
  beforeAll(async () => {
    machine = await bootMachine(image);
    const pair = await makeKeyPair(machine);
    clients = new Clients(machine, pair);
    key = `${pair.path}.pub`;
    await machine.sh(MOUNT_IMAGE);
  });
  afterAll(() => machine?.close());

  const on = (...words: string[]) => machine.attempt('sftpjail', [...words, '--sysroot', '/image']);
  const tree = () =>
    machine.tree(
      ['/image'],
      [
        '/image/proc',
        '/image/dev',
        '/image/usr',
        '/image/image',
        '/image/root',
        '/image/var/log/journal',
        '/image/opt',
      ],
    );

  test('is refused while sftpjail itself is not on it', async () => {
    const before = await tree();
    expect(await on('init', '--yes')).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/(bin\/node|sftpjail\.js), which is not on it\n/),
    });
    expect(diffTrees(before, await tree())).toEqual([]);
    await machine.sh(INSTALL);
  });

  test('what its own sshd refuses is not installed on it', async () => {
    await machine.sh('echo Nonsense > /image/etc/ssh/sshd_config.d/90-local.conf');
    const before = await tree();
    const ran = await on('init', '--yes');
    expect(ran.exitCode).toBe(4);
    expect(ran.stderr).toContain('/usr/sbin/sshd -t refuses');
    expect(diffTrees(before, await tree())).toEqual([]);
    await machine.sh(
      'rm /image/etc/ssh/sshd_config.d/90-local.conf; echo "nonsense(" > /image/etc/rsyslog.d/90-local.conf',
    );
    expect((await on('init', '--yes')).stderr).toContain('/usr/sbin/rsyslogd -N1 refuses');
    await machine.sh('rm /image/etc/rsyslog.d/90-local.conf');
  });

  test('init, add-user and apply prepare it, and leave alone what runs here', async () => {
    const properties = '--property=MainPID,StateChangeTimestampMonotonic';
    const state = async () => (await machine.run('systemctl', ['show', properties, 'ssh', 'rsyslog'])).stdout;
    const before = await state();
    const init = await on('init', '--yes');
    expect(init).toMatchObject({ exitCode: 0 });
    expect(init.stderr).toContain('? sshd accepts its whole configuration');
    expect(init.stderr).not.toMatch(/not validated|running sshd|restart rsyslog/);
    const added = await on('add-user', 'acme', '--key', key);
    expect(added.exitCode).toBe(0);
    expect(added.stdout).toMatch(/^connect: +sftp acme@.*\nhost key: +SHA256:/);
    const keys = `keys: ["${(await machine.readFile(key)).trim()}"]`;
    await machine.writeFile(
      '/root/two.yaml',
      `users: [{name: reader, readOnly: true, ${keys}}, {name: sharer, shares: [pool], data: [in], ${keys}}]`,
    );
    expect(await on('apply', '/root/two.yaml', '--yes')).toMatchObject({ exitCode: 0 });
    expect(await state()).toBe(before);
  });

  test('the doctor judges what stands on it, and says what only a machine that runs can show', async () => {
    const before = await tree();
    const { stdout, exitCode } = await on('doctor', '--json');
    const { findings, notChecked } = JSON.parse(stdout);
    expect(findings.filter(({ severity }: { severity: string }) => severity !== 'note')).toEqual([]);
    expect(notChecked.map(({ check }: { check: string }) => check)).toEqual(
      expect.arrayContaining(['rsyslog', 'links', 'writes']),
    );
    expect(exitCode).toBe(0);
    expect(diffTrees(before, await tree())).toEqual([]);
  });

  test('a second run changes nothing', async () => {
    const before = await tree();
    expect((await on('init', '--yes')).stderr).toContain('nothing was changed');
    expect((await on('add-user', 'acme', '--key', key)).stderr).toContain('nothing was changed');
    expect((await on('apply', '/root/two.yaml', '--yes')).stderr).toContain('nothing was changed');
    expect(diffTrees(before, await tree())).toEqual([]);
  });

  test('accounts come and go on it, and locks end when it has booted', async () => {
    const before = await tree();
    expect(await on('add-user', 'gone', '--key', key, '--expires', '2099-12-31')).toMatchObject({ exitCode: 0 });
    expect((await machine.run('grep', ['^gone:', '/image/etc/shadow'])).stdout).toMatch(/:47481:\n$/);
    await on('lock-user', 'gone', '--until', '2099-01-01');
    expect((await machine.run('grep', ['^gone:', '/image/etc/shadow'])).stdout).toMatch(/:1:\n$/);
    expect(
      await machine.run('ls', ['/image/etc/systemd/system/timers.target.wants/sftpjail-unlock.timer']),
    ).toBeDefined();
    expect(await on('remove-user', 'gone', '--yes', '--delete-data')).toMatchObject({ exitCode: 0 });
    const left = diffTrees(before, await tree()).filter((line) => !/\/etc\/\w+- f|\/var\/log\//.test(line));
    expect(left).toEqual([]);
    const { exitCode, stderr } = await on('lock-user', 'acme', '--until', '2099-01-01');
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    expect(await on('unlock-user', 'acme')).toMatchObject({ exitCode: 0 });
  });

  test('it boots, and its customers are jailed and on record', async () => {
    await machine.reboot();
    const log = new SftpLog(machine);
    const logged = await log.of('acme', async () => {
      expect((await clients.sftpBatch('acme', ['put /etc/hostname upload', '-get /etc/passwd'])).exitCode).toBe(0);
    });
    expect(logged.join('\n')).toMatch(/close "\/data\/upload" bytes read 0 written \d+/);
    const refused = await log.of('reader', () => clients.sftpBatch('reader', ['put /etc/hostname upload']));
    expect(refused).toContain('Refusing open request in read-only mode');
    expect(await clients.sftpBatch('sharer', ['put /etc/hostname /pool/', 'put /etc/hostname in/'])).toMatchObject({
      exitCode: 0,
    });
    expect((await machine.run('sftpjail', ['init'])).stderr).toContain('nothing was changed');
  });
});
