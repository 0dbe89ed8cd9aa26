import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REPO } from '../support/cache.ts';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { execute } from '../support/exec.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

const NAMES = ['one', 'two', 'three'] as const;
type Name = (typeof NAMES)[number];

/** How `one` is reached from the others. */
const AT_ONE: Readonly<Record<Exclude<Name, 'one'>, string>> = { two: '10.77.2.1', three: '10.77.3.1' };

/** Says lines to the port of the one that gathers, as anybody can who reaches it, and prints what each was answered with. */
const SAYS = `
const [host, ...lines] = process.argv.slice(1);
const socket = require('node:net').connect(2514, host);
const said = [['open', 'relp_version=0\\ncommands=syslog'], ...lines.map((line) => ['syslog', line])];
let number = 0;
const say = () => {
  const [command, data] = said[number] ?? [];
  if (command === undefined) return socket.end();
  socket.write([++number, command, Buffer.byteLength(data), data].join(' ') + '\\n');
};
socket.on('connect', say).on('data', (answer) => {
  if (number > 1) console.log(String(answer).split(' ').slice(3).join(' ').trim());
  say();
});
`;

/** A session that never was, and a login, as \`name\` would tell of them. */
function inventions(name: string): string[] {
  const lines = [
    'session opened for local user acme from [192.0.2.1]',
    'open "/data/invented" flags WRITE,CREATE,TRUNCATE mode 0666',
    'close "/data/invented" bytes read 0 written 987654',
    'session closed for local user acme from [192.0.2.1]',
  ];
  const stamp = (index: number) => new Date(Date.now() + index).toISOString().replace('Z', '000+00:00');
  return [
    ...lines.map((line, index) => `<158>${stamp(index)} ${name} internal-sftp[4242]: ${line}`),
    `<38>${stamp(9)} ${name} sshd[4243]: Accepted publickey for invented from 192.0.2.1 port 22 ssh2`,
  ];
}

/** `one` has the database, and gathers what `three` forwards; `one` and `two` import what they log themselves. */
const CONFIGS: Readonly<Record<Name, string>> = {
  one: `log:\n  receive: ${AT_ONE.three}:2514\n  senders: { ${AT_ONE.three.replace(/1$/, '2')}: three }\n`,
  two: '',
  three: `log:\n  forward: ${AT_ONE.three}:2514\n`,
};

const MANIFEST = `users:
  - { name: acme, uid: 70123, keys: [KEY] }
  - { name: globex, uid: 70456, keys: [KEY] }
`;

describeMachine('three hosts with one ledger', () => {
  const machines = {} as Record<Name, Machine>;
  const clients = {} as Record<Name, Clients>;
  /** What customers did: per host and account, files and bytes. */
  const done = new Map<string, [uploads: number, bytes: number]>();

  /** One session that uploads files, each of another length. */
  async function uploads(name: Name, user: string, files: number): Promise<void> {
    const before = done.get(`${name} ${user}`) ?? [0, 0];
    const [first] = before;
    await machines[name].sh(
      'mkdir -p /root/up; for n in $(seq "$1" "$2"); do head -c $((n + 1000)) /dev/zero > "/root/up/$n"; done',
      { args: [String(first), String(first + files - 1)] },
    );
    const numbers = Array.from({ length: files }, (_, index) => first + index);
    const batch = numbers.map((number) => `put /root/up/${number} ${number}`);
    const { exitCode, stderr } = await clients[name].sftpBatch(user, batch);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const bytes = numbers.reduce((sum, number) => sum + number + 1000, 0);
    done.set(`${name} ${user}`, [first + files, before[1] + bytes]);
  }

  const imports = (name: Name) => machines[name].attempt('sftpjail', ['ledger', 'import', '--json']);
  const link = (name: Exclude<Name, 'one'>, state: 'up' | 'down') =>
    machines[name].run('ip', ['link', 'set', 'to-one', state]);
  const atCentre = async (name: Name) =>
    Number(
      (
        await machines.one.sh('grep -c " $1 .*session closed for local user" /var/log/sftp.log || true', {
          args: [name],
        })
      ).stdout,
    );
  /** Waits for so many sessions of `three`. */
  async function arrive(sessions: number): Promise<void> {
    for (const end = Date.now() + 240_000; (await atCentre('three')) < sessions; await sleep(200))
      if (Date.now() > end) throw new Error('the forwarded lines do not arrive');
  }

  beforeAll(async () => {
    const bind = [{ from: `${REPO}/node_modules`, to: '/opt/sftpjail/node_modules' }];
    await Promise.all(
      NAMES.map(async (name) => {
        const machine = await bootMachine('bookworm-hosts', { bind });
        machines[name] = machine;
        await machine.run('hostname', [name]);
        clients[name] = new Clients(machine, await makeKeyPair(machine));
        await machine.writeFile('/root/customers.yaml', MANIFEST.replaceAll('KEY', clients[name].key.publicKey.trim()));
      }),
    );
    for (const [name, address] of Object.entries(AT_ONE)) {
      const other = machines[name as Name];
      const peer = ['type', 'veth', 'peer', 'name', 'to-one', 'netns', String(other.leader)];
      await execute('nsenter', ['-t', String(machines.one.leader), '-n', 'ip', 'link', 'add', `to-${name}`, ...peer]);
      const up = 'ip address add "$1/24" dev "$2"; ip link set "$2" up';
      await machines.one.sh(up, { args: [address, `to-${name}`] });
      await other.sh(up, { args: [address.replace(/1$/, '2'), 'to-one'] });
    }
    await machines.one.sh(`
        echo "listen_addresses = '*'" >> /etc/postgresql/15/main/postgresql.conf
        echo 'host ledger sftpjail 10.77.0.0/16 scram-sha-256' >> /etc/postgresql/15/main/pg_hba.conf
        systemctl start postgresql
        cd /
        runuser -u postgres -- psql -q -c "CREATE ROLE sftpjail LOGIN PASSWORD 'between us'" -c 'CREATE DATABASE ledger OWNER sftpjail'`);
    await Promise.all(
      NAMES.map(async (name) => {
        const machine = machines[name];
        const address = name === 'one' ? '127.0.0.1' : AT_ONE[name];
        const ledger = `ledger:\n  database: postgres://sftpjail@${address}/ledger\n  passwordFile: /etc/sftpjail/ledger.password\n`;
        await machine.run('mkdir', ['-p', '/etc/sftpjail']);
        await machine.writeFile('/etc/sftpjail/ledger.password', 'between us\n', 0o600);
        await machine.writeFile('/etc/sftpjail/config.yaml', CONFIGS[name] + ledger, 0o640);
        await machine.run('sftpjail', ['apply', '/root/customers.yaml', '--yes', '--quiet'], { timeout: 300_000 });
      }),
    );
  });
  afterAll(async () => {
    for (const machine of Object.values(machines)) await machine.close();
  });

  test('have the same uids', async () => {
    for (const name of NAMES)
      expect((await machines[name].sh('id -u acme; id -u globex')).stdout).toBe('70123\n70456\n');
  });

  test('speak for nobody but themselves, and to the one that gathers nobody else speaks', async () => {
    const answers = async (from: Name, names: string[], as: string[] = []) => {
      const lines = names.flatMap(inventions);
      const words = [...as, 'node', '-e', SAYS, AT_ONE.three, ...lines];
      const { stdout } = await machines[from].run('env', words);
      // Whoever is refused is not told.
      expect(stdout).toBe('200 OK\n'.repeat(lines.length));
    };
    await machines.two.run('ip', ['route', 'add', '10.77.3.0/24', 'via', AT_ONE.two]);
    await answers('three', ['one', 'One', 'one.example.com', 'two', 'three.', '-']);
    await answers('two', ['two', 'three', 'one']);
    await answers('one', ['one', 'three'], ['setpriv', '--reuid=nobody', '--clear-groups']);

    expect((await machines.one.sh('grep -rl invented /var/log --include=*log || true')).stdout).toBe('');
    const refused = await machines.one.readFile('/var/log/sftp.log.refused');
    expect(refused).toMatch(
      /^\S+ 10\.77\.3\.2 as one: internal-sftp\[4242\]: session opened for local user acme from /,
    );
    expect(refused.trimEnd().split('\n').length).toBeLessThan(20);
    expect(await machines.one.attempt('sftpjail', ['doctor', 'senders', 'logrotate'])).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('10.77.3.2 sent lines in the name of "one", and they were refused'),
    });
  });

  test('lose their links for a while, and all that was moved is in one report, exactly', async () => {
    await Promise.all([uploads('one', 'acme', 5), uploads('two', 'acme', 7), uploads('three', 'acme', 9)]);
    for (const name of ['one', 'two'] as const) expect(await imports(name)).toMatchObject({ exitCode: 0, stderr: '' });

    await arrive(1);

    // Each is without what it delivers to.
    await machines.one.run('systemctl', ['stop', 'postgresql']);
    await link('two', 'down');
    await link('three', 'down');
    await Promise.all([uploads('one', 'globex', 4), uploads('two', 'globex', 6), uploads('three', 'globex', 400)]);
    for (const name of ['one', 'two'] as const) {
      const { exitCode, stderr } = await imports(name);
      expect({ name, exitCode, stderr }).toMatchObject({
        exitCode: 4,
        stderr: expect.stringMatching(/what is in the logs waits there\n$/),
      });
    }
    // What waits to be forwarded waits on the disk.
    await machines.three.sh('until compgen -G "/var/spool/rsyslog/sftpjail-forward.*" > /dev/null; do sleep 0.1; done');
    expect(await atCentre('three')).toBe(1);
    await uploads('three', 'acme', 3);

    await machines.one.run('systemctl', ['start', 'postgresql']);
    await link('two', 'up');
    await link('three', 'up');
    // The one that gathers dies as well, and is sent once more what it did not confirm.
    await machines.one.run('systemctl', ['kill', '--signal=KILL', '--kill-who=main', 'rsyslog']);
    await arrive(3);
    await uploads('one', 'acme', 2);
    await uploads('two', 'globex', 2);
    for (const name of ['one', 'two', 'one'] as const) expect(await imports(name)).toMatchObject({ exitCode: 0 });

    const report = async () => {
      const { stdout } = await machines.one.sftpjail('ledger', 'report', '--by', 'host,user', '--format', 'json');
      const { rows } = JSON.parse(stdout) as { rows: Record<string, unknown>[] };
      const lines = rows.map(({ host, user, uploads, bytesIn, inexact }) =>
        [host, user, uploads, bytesIn, inexact].join(' '),
      );
      return lines
        .map((line) => `${line}\n`)
        .sort()
        .join('');
    };
    const expected = [...done]
      .map(([key, [files, bytes]]) => `${key} ${files} ${bytes} 0\n`)
      .sort()
      .join('');
    expect(await report()).toBe(expected);

    // What came through the centre comes a second time from the host itself, and counts once.
    expect(await imports('three')).toMatchObject({ exitCode: 0 });
    expect(await report()).toBe(expected);
    expect((await machines.one.sftpjail('ledger', 'verify')).stdout.match(/entr\w+ hold$/gm)).toHaveLength(3);
    for (const name of NAMES)
      expect(JSON.parse((await machines[name].sftpjail('ledger', 'reconcile', '--json')).stdout)).toMatchObject({
        differences: [],
      });
    // Whoever can write to the ledger does not reach what the others have noted of it.
    expect((await machines.two.sh('journalctl -t sftpjail --output cat')).stdout).toMatch(
      /^ledger head two:\d+:[\da-f]{64}$/m,
    );
  });
}, ['bookworm-hosts']);
