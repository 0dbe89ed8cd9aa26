import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/log/session.ts';
import { Clients, type KeyPair, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { ToldSessions } from '../support/told-sessions.ts';

const USERS = ['ann', 'bob', 'cid', 'dan', 'eve', 'fay', 'gus', 'hal'];
const TYPES = ['ed25519', 'ecdsa', 'ed25519'];
const SESSIONS_OF_ONE = 5;

/** The first half have two keys each, the others three. */
const keysOf = (user: string) => TYPES.slice(0, USERS.indexOf(user) < USERS.length / 2 ? 2 : 3);

/** What a client knows of its own session; its file is named after the user, the key and a number. */
interface Truth {
  user: string;
  file: string;
  bytes: number;
  fingerprint: string;
  port: number;
}

describeMachine('40 parallel sessions of 8 users in one log', (image) => {
  let machine: Machine;
  let told: ToldSessions;
  const keys = new Map<string, KeyPair>();
  const fingerprints = new Map<string, string>();
  beforeAll(async () => {
    machine = await bootMachine(image);
    const penalties = image === 'bookworm' ? '' : 'PerSourcePenalties no\n';
    await machine.writeFile('/etc/ssh/sshd_config.d/10-crowd.conf', `MaxStartups 200\n${penalties}`);
    await machine.sftpjail('init', '--yes');
    for (const user of USERS) {
      const options: string[] = [];
      for (const [index, type] of keysOf(user).entries()) {
        const name = `${user}.${index}`;
        const pair = await makeKeyPair(machine, name, type);
        keys.set(name, pair);
        const { stdout } = await machine.run('ssh-keygen', ['-lf', `${pair.path}.pub`]);
        fingerprints.set(name, stdout.split(' ')[1] as string);
        options.push('--key', `${pair.path}.pub`);
      }
      await machine.sftpjail('add-user', user, '--yes', '--quiet', ...options);
    }
    told = new ToldSessions(machine);
  });
  afterAll(() => machine?.close());

  /** The ports of ssh's connections, by the file that each is to upload: it stands among its arguments. */
  async function ports(): Promise<Map<string, number>> {
    const { stdout } = await machine.sh(
      `ss -tnpH state established '( dport = :22 )' | sed -nE 's/.*:([0-9]+) .*:22 .*"ssh",pid=([0-9]+),.*/\\1 \\2/p' |
      while read -r port pid; do echo "$port $(tr '\\0' '\\n' < /proc/$pid/cmdline | sed -n 's/^SetEnv=FILE=//p')"; done`,
    );
    const pairs = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    return new Map(pairs.map(([port, file]) => [file as string, Number(port)]));
  }

  const wanted = (prefix: string) =>
    Array.from({ length: SESSIONS_OF_ONE }, (_, number) =>
      USERS.map((user) => {
        const key = `${user}.${number % keysOf(user).length}`;
        const file = `${prefix}-${key}-${number}`;
        const fingerprint = fingerprints.get(key) ?? '';
        return { user, key, file, fingerprint, bytes: 1000 + USERS.indexOf(user) * 10 + number };
      }),
    ).flat();

  const connect = ({ user, key, file }: ReturnType<typeof wanted>[number]) =>
    new Clients(machine, keys.get(key) as KeyPair).wire(user, '-o', `SetEnv=FILE=${file}`);

  /** All are connected at once, then each uploads, then all part. @param prefix of their files */
  async function atOnce(prefix: string): Promise<Truth[]> {
    const all = wanted(prefix);
    const wires = await Promise.all(all.map(connect));
    const portOf = await ports();
    const done = await Promise.all(all.map(({ file, bytes }, index) => wires[index]?.put(file, Buffer.alloc(bytes))));
    expect(done.filter((reply) => reply?.status !== 'ok')).toEqual([]);
    await Promise.all(wires.map((wire) => wire.close()));
    return all.map((one) => ({ ...one, port: portOf.get(one.file) ?? 0 }));
  }

  /** One comes as another goes: some are always there. */
  async function inTurn(prefix: string): Promise<Truth[]> {
    const left = wanted(prefix);
    const truths: Truth[] = [];
    const places = Array.from({ length: 12 }, async () => {
      for (let one = left.pop(); one; one = left.pop()) {
        const wire = await connect(one);
        const port = (await ports()).get(one.file) ?? 0;
        expect((await wire.put(one.file, Buffer.alloc(one.bytes))).status).toBe('ok');
        await wire.close();
        truths.push({ ...one, port });
      }
    });
    await Promise.all(places);
    return truths;
  }

  /** What a session tells otherwise than its client. Of what is left open, only that it is said to be. */
  function wrong({ user, file, bytes, fingerprint, port }: Truth, session: Session | undefined): string[] {
    if (session === undefined) return [`no session has ${file} alone`];
    const { login, client } = session;
    const says = { user: session.user, bytes: session.transfers[0]?.bytesWritten, end: session.end, ip: client.ip };
    const isWrong = [
      JSON.stringify(says) !== JSON.stringify({ user, bytes, end: 'closed', ip: '127.0.0.1' }),
      client.port !== null && client.port !== port,
      login === null,
      login !== null && login.fingerprint !== fingerprint && !(login.ambiguous && login.fingerprint === null),
      login !== null && login.method !== 'publickey',
    ];
    return isWrong.includes(true) ? [`${file}, port ${port}, key ${fingerprint}: ${JSON.stringify(session)}`] : [];
  }

  async function judge(level: string, come: typeof atOnce): Promise<void> {
    let truths: Truth[] = [];
    const sessions = await told.of(async () => {
      truths = await come(`${level}-${come.name}`);
    });
    expect(truths.filter(({ port }) => port === 0)).toEqual([]);
    const byFile = new Map(
      sessions.flatMap((session) =>
        session.transfers.length === 1 ? [[session.transfers[0]?.path, session] as const] : [],
      ),
    );
    expect(truths.flatMap((truth) => wrong(truth, byFile.get(truth.file)))).toEqual([]);
    expect(sessions).toHaveLength(truths.length);
    const ambiguous = sessions.filter(({ login }) => login?.ambiguous).length;
    const portless = sessions.filter(({ client }) => client.port === null).length;
    console.log(
      `${image}, sshd at ${level}, ${come.name}: of ${sessions.length} logins ${ambiguous} ambiguous, ${portless} ports not known`,
    );
  }

  test('all at once, with sshd at VERBOSE, as we set it: each transfer in its session, each login its own or ambiguous', () =>
    judge('VERBOSE', atOnce));

  test('as they come and go: the same', () => judge('VERBOSE', inTurn));

  test('with sshd at INFO: the same, where hardly anything tells the logins of one user apart', async () => {
    await machine.writeFile('/etc/sftpjail/config.yaml', 'sshd: { logLevel: INFO }\n');
    await machine.sftpjail('init', '--yes');
    await judge('INFO', atOnce);
    await judge('INFO', inTurn);
  });
});
