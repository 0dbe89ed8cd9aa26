import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import type { Block } from '../support/forensic-blocks.ts';
import {
  debugMessages,
  FORENSIC_LOG,
  ForensicBlocks,
  goodSessions,
  holdSession,
  type SessionPids,
} from '../support/forensics.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { diffTrees, type Tree } from '../support/tree.ts';

const config = (enabled: boolean) => `watch: { enabled: true }
forensic: { enabled: ${enabled}, criteria: [FailedLogin, UntimelyDeath, ModuleConfig] }
`;
const PASSWORD = 'correct horse battery staple';
const PLACES = ['/etc', '/var/lib/sftpjail', '/var/log/sftpjail', '/run/sftpjail-forensic', '/sftp-root'];
const MARKER = '-----BEGIN FAILED LOGIN FORENSICS-----';

describeMachine('what sshd said of a session that went wrong', (image) => {
  let machine: Machine;
  let clients: Clients;
  let strangers: Clients;
  let blocks: ForensicBlocks;
  let stock: Tree;
  beforeAll(async () => {
    machine = await bootMachine(image);
    clients = new Clients(machine, await makeKeyPair(machine));
    strangers = new Clients(machine, await makeKeyPair(machine, 'stranger'));
    blocks = new ForensicBlocks(machine);
    await machine.writeFile('/root/one', 'one');
    await machine.sh('mkdir /etc/sftpjail');
    stock = await machine.tree(PLACES);
    await machine.writeFile('/etc/sftpjail/config.yaml', config(true), 0o640);
  });
  afterAll(() => machine?.close());

  const headOf = ({ head }: Block | { head: [] } = { head: [] }) => Object.fromEntries(head);
  const pidsIn = ({ lines }: Block) => new Set(lines.map((line) => Number(/, PID (\d+)\]/.exec(line)?.[1])));
  const debugOf = ({ lines }: Block) => lines.filter((line) => /^\[TraceLog:7, PID \d+\] debug1: /.test(line));

  test('init says that it is about the whole host, and changes nothing the second time', async () => {
    const asked = await machine.attempt('sftpjail', ['init']);
    expect([asked.exitCode, diffTrees(stock, await machine.tree(PLACES))]).toEqual([
      4,
      [expect.stringContaining('config.yaml')],
    ]);
    expect(asked.stderr).toContain('note forensic.enabled: sshd speaks at DEBUG1 to everybody');
    expect(asked.stderr).toContain('every program of this host (MaxLevelStore=info)');
    await machine.sftpjail('init', '--yes');
    const key = ['--key', `${clients.key.path}.pub`, '--yes', '--quiet'];
    await machine.sftpjail('add-user', 'acme', ...key);
    await machine.sftpjail('add-user', 'reader', '--read-only', '--log-level', 'DEBUG1', ...key);
    await machine.run('sftpjail', ['add-user', 'typist', '--yes', '--password-stdin'], { input: PASSWORD });
    expect(JSON.parse((await machine.sftpjail('init', '--yes', '--json')).stdout)).toMatchObject({ changed: false });
  });

  test('sessions that went well leave nothing', async () => {
    await goodSessions(machine, clients, 'acme', { sessions: 24, atOnce: 6 });
    await clients.sftpWithPassword('typist', PASSWORD, ['put /root/one']);
    expect((await machine.sh('ls /sftp-root/acme/data | wc -l')).stdout.trim()).toBe('24');
    const sessions = (await machine.sftpjail('sessions', '--json')).stdout.trim().split('\n');
    expect(sessions.map((line) => JSON.parse(line).end)).toEqual(Array.from({ length: 25 }, () => 'closed'));
  });

  test('a wrong key, a wrong password and an unknown user leave one block each', async () => {
    const tries: [string, () => Promise<{ exitCode: number }>][] = [
      ['acme', () => strangers.sftpBatch('acme', ['pwd'])],
      ['typist', () => clients.sftpWithPassword('typist', 'guessed', ['pwd'])],
      ['nobody-here', () => clients.sftpBatch('nobody-here', ['pwd'])],
    ];
    for (const [user, attempt] of tries) {
      expect((await attempt()).exitCode).not.toBe(0);
      const [block] = (await blocks.next(1)) as [Block];
      const ids = user === 'nobody-here' ? {} : { UID: expect.stringMatching(/^7\d{4}$/), GID: expect.any(String) };
      expect([block.title, headOf(block)]).toEqual([
        'FAILED LOGIN',
        {
          ...{ 'Client-Address': '127.0.0.1', 'Server-Address': '127.0.0.1:22', Protocol: 'ssh2', User: user, ...ids },
          ...{ Elapsed: expect.stringMatching(/^\d+$/), UNIQUE_ID: expect.stringMatching(/^[0-9a-f]{16}$/) },
          ...{ 'Total-Bytes-In': '0', 'Total-Bytes-Out': '0', 'Total-Files-In': '0', 'Total-Files-Out': '0' },
        },
      ]);
      expect(pidsIn(block).size).toBe(1);
      expect(debugOf(block).some((line) => line.includes('debug1: KEX done'))).toBe(true);
      expect(debugOf(block).some((line) => line.includes(`userauth-request for user ${user} `))).toBe(true);
    }
    // Of all the logins before nothing has come to be written down, and of these nowhere else.
    expect(await debugMessages(machine)).toEqual([FORENSIC_LOG]);
  });

  const deaths: [string, (held: { pids: SessionPids; end: () => Promise<void> }) => Promise<unknown>][] = [
    ['sftp-server', async ({ pids }) => machine.run('kill', ['-9', String(pids.server)])],
    ["the user's process", async ({ pids }) => machine.run('kill', ['-9', String(pids.child)])],
    ['the monitor', async ({ pids }) => machine.run('kill', ['-9', String(pids.monitor)])],
    ['the client', async ({ end }) => end()],
  ];
  test.each(deaths)('kill -9 of %s leaves one block, of the whole session', async (victim, kill) => {
    const { wire, pids } = await holdSession(machine, clients, 'acme');
    await wire.put('/data/written', 'seven b');
    await wire.mkdir(`/data/${MARKER}`);
    await wire.rmdir(`/data/${MARKER}`);
    await kill({ pids, end: () => wire.kill() });
    await wire.close();
    const [block] = (await blocks.next(1)) as [Block];
    expect([block.title, headOf(block)]).toEqual([
      'UNTIMELY DEATH',
      expect.objectContaining({
        ...{ 'Client-Address': '127.0.0.1', 'Server-Address': '127.0.0.1:22', Protocol: 'sftp', User: 'acme' },
        // What it can have moved after its last line nobody knows.
        ...(victim !== 'sftp-server' && { 'Total-Bytes-In': '7', 'Total-Bytes-Out': '0', 'Total-Files-In': '1' }),
      }),
    ]);
    expect(pidsIn(block)).toEqual(new Set(Object.values(pids)));
    expect(debugOf(block).filter((line) => line.includes(`PID ${pids.monitor}]`)).length).toBeGreaterThan(20);
    expect(debugOf(block).filter((line) => line.includes(`PID ${pids.child}]`)).length).toBeGreaterThan(10);
    const said = (type: string, text: string) => `[${type}:6, PID ${pids.server}] ${text}`;
    expect(block.lines).toContain(said('TransferLog', 'close "/data/written" bytes read 0 written 7'));
    expect(block.lines).toContain(said('ExtendedLog', `mkdir name "/data/${MARKER}" mode 0777`));
    expect(
      block.lines.filter((line) => /^\[SystemLog:6, PID \d+\] pam_unix\(sshd:session\): session opened/.test(line)),
    ).toHaveLength(1);
  });

  test('what was refused leaves a block where it is asked for', async () => {
    await clients.sshTry('acme', ['-T'], ['id']);
    await clients.sftpBatch('reader', ['-put /root/one', '-put /root/one two']);
    const refused = await blocks.next(2);
    expect(refused.map((block) => [block.title, headOf(block).User, headOf(block).Protocol]).sort()).toEqual([
      ['MODULE CONFIG', 'acme', 'ssh2'],
      ['MODULE CONFIG', 'reader', 'sftp'],
    ]);
    // What sftp-server says at DEBUG1 comes to the same place, and to no log.
    const [loud] = refused.filter((block) => headOf(block).User === 'reader') as [Block];
    expect(debugOf(loud).some((line) => /debug1: request \d+: /.test(line))).toBe(true);
    expect((await machine.sh('grep --count debug1: /var/log/sftp.log || true')).stdout).toBe('0\n');
  });

  test('a full mount and a stopped daemon delay nothing; started again, it goes on', async () => {
    const median = async (): Promise<number> => {
      const { stdout } = await machine.sh(
        `for run in 1 2 3; do
           from=$(date +%s%3N)
           echo 'put /root/big' | sftp -F none -i "$1" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -b - acme@127.0.0.1 > /dev/null
           echo $(($(date +%s%3N) - from))
         done | sort -n | sed -n 2p`,
        { args: [clients.key.path] },
      );
      return Number(stdout);
    };
    await machine.sh('head --bytes=4M /dev/zero > /root/big; rm -r /sftp-root/acme/data/*');
    const usual = await median();
    await machine.sh(
      `systemctl kill --signal=STOP sftpjail-watch; dd if=/dev/zero of=/run/sftpjail-forensic/fill bs=1M 2>&- || true
       [ "$(df --output=avail /run/sftpjail-forensic | tail -1)" -eq 0 ]`,
    );
    const full = await median();
    await machine.sh('rm /run/sftpjail-forensic/fill; systemctl kill --signal=CONT sftpjail-watch');
    await machine.sh('systemctl stop sftpjail-watch; [ -z "$(ls /run/sftpjail-forensic)" ]');
    const stopped = await median();
    console.log(
      `${image}: a session takes ${usual} ms, with a full mount ${full} ms, with a stopped daemon ${stopped} ms`,
    );
    expect([full, stopped].map((time) => time < 3 * usual + 500)).toEqual([true, true]);
    const found = await machine.attempt('sftpjail', ['doctor', 'forensic']);
    expect([found.exitCode, found.stdout]).toEqual([3, expect.stringContaining('nobody reads /run/sftpjail-forensic')]);
    await machine.sh('systemctl start sftpjail-watch; until [ -d /run/sftpjail-forensic/lines ]; do sleep 0.05; done');
    // Of its own failures to write rsyslogd has filled no log.
    expect((await machine.sh('grep --count "write error\\|open error" /var/log/syslog || true')).stdout.trim()).toBe(
      '0',
    );
    await strangers.sftpBatch('acme', ['pwd']);
    expect((await blocks.next(1)).map(({ title }) => title)).toEqual(['FAILED LOGIN']);
    expect(await debugMessages(machine)).toEqual([FORENSIC_LOG]);
  });

  test('after a reboot it is there again, and its log is rotated', async () => {
    await machine.reboot();
    await machine.sh('until [ -d /run/sftpjail-forensic/lines ]; do sleep 0.05; done');
    await machine.sh('logrotate --force /etc/logrotate.d/sftpjail; [ -s /var/log/sftpjail/forensic.log.1 ]');
    const after = new ForensicBlocks(machine);
    await strangers.sftpBatch('acme', ['pwd']);
    const [block] = (await after.next(1)) as [Block];
    expect([block.title, debugOf(block).length > 20]).toEqual(['FAILED LOGIN', true]);
    expect(await debugMessages(machine)).toEqual([FORENSIC_LOG, `${FORENSIC_LOG}.1`]);
  });

  test('doctor sees what was undone, and mends it', async () => {
    await machine.sh(
      `systemctl stop sftpjail-watch; umount --lazy /run/sftpjail-forensic
       sed -i s/info/debug/ /etc/systemd/journald.conf.d/50-sftpjail.conf; systemctl restart systemd-journald`,
    );
    const { stdout, exitCode } = await machine.attempt('sftpjail', ['doctor', 'forensic', 'files']);
    expect(exitCode).toBe(3);
    for (const what of [
      '/run/sftpjail-forensic is not mounted',
      'the journal keeps debug messages (MaxLevelStore debug)',
      '/etc/systemd/journald.conf.d/50-sftpjail.conf differs: content',
    ])
      expect(stdout).toContain(what);
    await machine.sftpjail('doctor', 'forensic', 'files', '--fix', '--yes');
    await machine.sh(
      'systemctl restart sftpjail-watch; until [ -d /run/sftpjail-forensic/lines ]; do sleep 0.05; done',
    );
    expect((await machine.sftpjail('doctor', 'forensic', 'files', 'sshd')).stdout).toContain(
      'This host is as it should be',
    );
  });

  test('switched off nothing speaks of it, and uninstall takes back the rest', async () => {
    await machine.writeFile('/etc/sftpjail/config.yaml', config(false), 0o640);
    await machine.sftpjail('init', '--yes');
    const effective = (await machine.run('/usr/sbin/sshd', ['-T'])).stdout;
    expect(effective).toMatch(/^loglevel INFO$/m);
    expect((await machine.sh('ls -d /run/sftpjail-forensic* /etc/rsyslog.d/00-* 2>&- || true')).stdout).toBe('');
    // Taken back from where it is off, and from where it is on.
    if (image === 'trixie') {
      await machine.writeFile('/etc/sftpjail/config.yaml', config(true), 0o640);
      await machine.sftpjail('init', '--yes');
    }
    await machine.sftpjail('uninstall', '--yes', '--remove-users', '--delete-data');
    await machine.sh('rm /etc/sftpjail/config.yaml');
    expect(diffTrees(stock, await machine.tree(PLACES))).toEqual([]);
  });
});
