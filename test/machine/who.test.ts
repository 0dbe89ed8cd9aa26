import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { OpenSession } from '../../src/host/who.ts';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { heard } from '../support/heard.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { OPEN } from '../support/sftp-codes.ts';
import type { SftpWire } from '../support/sftp-wire.ts';

const MEBIBYTE = 1024 * 1024;
/** Six seconds' worth. */
const SIZE = 24 * MEBIBYTE;
/** What sftp is told with -l, in kbit/s. */
const LIMIT = 32 * 1024;

const HOME = '\u001b[H';
const SETS_MODE = '\u001b[?';

describeMachine('who is connected, and what they move', (image) => {
  let machine: Machine;
  let clients: Clients;
  beforeAll(async () => {
    machine = await bootMachine(image);
    await machine.sftpjail('init', '--yes');
    clients = await addCustomers(machine, 'acme', 'umbrella');
    await machine.sftpjail('add-admin', 'boss', '--key', `${clients.key.path}.pub`);
    await machine.sh(`truncate -s ${SIZE} /root/big; cp /root/big /sftp-root/acme/data/catalogue`);
  });
  afterAll(() => machine?.close());

  const wires: SftpWire[] = [];
  async function connect(user: string): Promise<SftpWire> {
    const wire = await clients.wire(user);
    wires.push(wire);
    return wire;
  }
  afterEach(async () => {
    for (const wire of wires.splice(0)) await wire.close();
    await nobodyIsLeft();
  });

  const sessionsIn = (line: string) => (JSON.parse(line) as { sessions: OpenSession[] }).sessions;
  const who = async () => sessionsIn((await machine.sftpjail('who', '--json')).stdout);
  const onlyOne = (sessions: OpenSession[]): OpenSession => {
    expect(sessions).toHaveLength(1);
    return sessions[0] as OpenSession;
  };

  async function nobodyIsLeft(): Promise<void> {
    for (let attempt = 0; attempt < 50; attempt++) {
      const { stdout } = await machine.attempt('pgrep', ['-u', 'acme,umbrella,boss']);
      if (stdout === '') break;
      await sleep(100);
    }
    expect(await who()).toEqual([]);
  }

  /** Asks while the file that the client's side of the transfer tells of grows, and how fast it grows meanwhile. */
  async function whoAndGrowth(file: string): Promise<{ session: OpenSession; growth: number; position: number[] }> {
    const look = 'date +%s%N; stat -c %s "$1"';
    const script = `until [ -s "$1" ]; do sleep 0.05; done; sleep 1.5; ${look}; sftpjail who --json; ${look}`;
    const lines = (await machine.sh(script, { args: [file] })).stdout.split('\n');
    const number = (index: number) => Number(lines[index]);
    return {
      session: onlyOne(sessionsIn(lines[2] as string)),
      growth: (number(4) - number(1)) / ((number(3) - number(0)) / 1e9),
      position: [number(1), number(4)],
    };
  }

  const isWithinTenPercent = (speed: number | null | undefined, of: number) => {
    expect(speed).toBeGreaterThan(of * 0.9);
    expect(speed).toBeLessThan(of * 1.1);
  };

  const PATIENT = { timeout: 50_000 };

  const limited = (user: string, command: string) =>
    machine.sh(
      `printf '%s\\n' "$1" | sftp -q -l ${LIMIT} -F none -i ${clients.key.path} -o StrictHostKeyChecking=no -o LogLevel=ERROR -b - ${user}@127.0.0.1`,
      { args: [command] },
    );

  // Two programs look one after the other here, and on a busy machine a while lies between their looks now and then.
  const BUSY = { retry: 4 };

  test('a slow upload: its file, and its speed within 10 % of what arrives', BUSY, async () => {
    const began = Number((await machine.run('date', ['+%s'])).stdout);
    const upload = limited('acme', 'put /root/big sent');
    const { session, growth, position } = await whoAndGrowth('/sftp-root/acme/data/sent');
    expect(session).toMatchObject({ user: 'acme', ip: '127.0.0.1', idleSeconds: 0 });
    const since = Date.parse(session.since) / 1000;
    expect(since).toBeGreaterThanOrEqual(began - 1);
    expect(since).toBeLessThanOrEqual(began + 3);
    expect(session.files).toEqual([
      {
        path: '/data/sent',
        direction: 'upload',
        position: expect.any(Number),
        size: null,
        bytesPerSecond: expect.any(Number),
      },
    ]);
    const [file] = session.files;
    expect(file?.position).toBeGreaterThan(position[0] as number);
    expect(file?.position).toBeLessThanOrEqual(position[1] as number);
    for (const speed of [file?.bytesPerSecond, session.bytesPerSecond]) isWithinTenPercent(speed, growth);
    await upload;
  });

  test('a slow download: its file, and its speed within 10 % of what the client receives', BUSY, async () => {
    const download = limited('acme', 'get catalogue /root/received');
    const { session, growth } = await whoAndGrowth('/root/received');
    expect(session.files).toMatchObject([{ path: '/data/catalogue', direction: 'download', size: SIZE }]);
    for (const speed of [session.files[0]?.bytesPerSecond, session.bytesPerSecond]) isWithinTenPercent(speed, growth);
    await download;
  });

  test('sessions of several customers, each from its own port, idle ones included', async () => {
    await connect('umbrella');
    const acme = await connect('acme');
    await acme.put('/data/shared', 'x');
    await acme.open('/data/shared', OPEN.read | OPEN.write);
    const boss = await connect('boss');
    await boss.open('/acme/data/shared', OPEN.read);
    await connect('acme');
    await sleep(2500);
    const sessions = await who();
    expect(sessions.map(({ user }) => user)).toEqual(['acme', 'acme', 'boss', 'umbrella']);
    const ports = await machine.sh("ss -tnH state established '( dport = :22 )' | awk '{print $3}' | sed 's/.*://'");
    expect(sessions.map(({ port }) => String(port)).sort()).toEqual(ports.stdout.trim().split('\n').sort());
    for (const { idleSeconds, idleAtLeast, bytesPerSecond } of sessions) {
      expect({ idleAtLeast, bytesPerSecond }).toEqual({ bytesPerSecond: 0 });
      expect(idleSeconds).toBeGreaterThanOrEqual(2);
      expect(idleSeconds).toBeLessThan(60);
    }
    const shared = { position: 0, size: 1, bytesPerSecond: 0 };
    expect(sessions.map(({ files }) => files)).toEqual([
      [{ path: '/data/shared', direction: 'both', ...shared }],
      [],
      [{ path: '/acme/data/shared', direction: 'download', ...shared }],
      [],
    ]);
  });

  test('names that a customer chooses are shown as they are, and do nothing to a terminal', async () => {
    const wire = await connect('acme');
    const names = ['a\n\u001b[2Jb', 'kept (deleted)', 'gone', 'gone (deleted)', 'Ünïcode'];
    for (const name of names) await wire.open(`/data/${name}`, OPEN.write | OPEN.creat, { mode: 0o644 });
    await wire.remove('/data/gone');
    await wire.remove('/data/gone (deleted)');
    const { files } = onlyOne(await who());
    expect(files.map(({ path, deleted = false }) => ({ path, deleted }))).toEqual(
      names.map((name) => ({ path: `/data/${name}`, deleted: name.startsWith('gone') })),
    );
    const { stdout } = await machine.sftpjail('who');
    expect(stdout).toContain('/data/a\\n\\x1b[2Jb\n');
    expect(stdout).toContain(' (deleted) /data/gone\n');
    expect(stdout.trim().split('\n')).toHaveLength(1 + names.length);
  });

  test('a connection without a session, and a session whose process was killed', async () => {
    const connection = clients.sshSpawn('acme', ['-N']);
    await expect.poll(who, PATIENT).toMatchObject([{ user: 'acme', ip: '127.0.0.1', files: [] }]);
    connection.kill('SIGKILL');
    await connection.done;
    await nobodyIsLeft();
    const wire = await connect('acme');
    const { pid } = onlyOne(await who());
    const watching = machine.run('sftpjail', ['who', '--json']);
    await sleep(600);
    await machine.run('kill', ['-KILL', String(pid)]);
    expect(sessionsIn((await watching).stdout)).toEqual([]);
    await wire.kill();
  });

  test('--watch --json is one object a line, until it is interrupted', async () => {
    const wire = await connect('acme');
    const watching = machine.spawn('sftpjail', ['who', '--watch', '--json']);
    const told = heard(watching);
    const lines = () => told().trim().split('\n').filter(Boolean);
    await expect.poll(lines, PATIENT).toHaveLength(3);
    await wire.close();
    await expect.poll(() => lines().at(-1), PATIENT).toContain('"sessions":[]');
    watching.kill('SIGINT');
    const { stdout, exitCode } = await watching.done;
    expect(exitCode).toBe(130);
    expect(stdout.trim().split('\n')).toEqual(lines());
    expect(sessionsIn(lines()[1] as string)).toHaveLength(1);
    expect(sessionsIn(lines().at(-2) as string)).toEqual([]);
    expect(JSON.parse(lines().at(-1) as string)).toMatchObject({ error: { status: 130 } });
  });

  test('--watch without a terminal prints one table after another, and ends with its reader', async () => {
    await connect('acme');
    const { stdout } = await machine.sh('timeout 60 sftpjail who --watch | head -n 4');
    expect(stdout).toMatch(/^USER .*\nacme .*\n\nUSER .*\n$/);
    expect(stdout).not.toContain('\u001b');
    expect((await machine.attempt('pgrep', ['-f', 'sftpjail who'])).stdout).toBe('');
  });

  test('--watch redraws a terminal, and leaves it as it was', async () => {
    await connect('acme');
    const inside = 'trap : INT; stty rows 20 cols 60; stty -g; sftpjail who --watch; echo "status $?"; stty -g';
    const terminal = machine.spawn('timeout', ['--foreground', '60', 'script', '-qefc', inside, '/dev/null'], {
      env: { TERM: 'xterm' },
    });
    const shown = heard(terminal);
    await expect.poll(() => shown().split(HOME).length, PATIENT).toBeGreaterThan(3);
    terminal.process.stdin?.write('\u0003');
    await expect.poll(shown, PATIENT).toMatch(/status \d+\r\n.+\r\n/);
    terminal.process.stdin?.end();
    const { stdout } = await terminal.done;
    const lines = stdout.replaceAll('\r', '').trim().split('\n');
    expect(stdout.split(HOME).length).toBeGreaterThan(2);
    expect(stdout).toContain(`${HOME}USER `);
    expect(stdout).not.toContain(SETS_MODE);
    expect(lines).toContain('status 130');
    expect(lines.at(-1)).toBe(lines[0]);
  });

  test('needs root, and says so', async () => {
    const ran = await machine.attempt('setpriv', [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      'sftpjail',
      'who',
    ]);
    expect(ran).toEqual({
      exitCode: 4,
      stdout: '',
      stderr: 'sftpjail: error: only root can see what who shows\nsftpjail: hint: sudo sftpjail who\n',
    });
  });
});
