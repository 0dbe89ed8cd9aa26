import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/log/session.ts';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { OPEN } from '../support/sftp-codes.ts';
import type { SftpWire } from '../support/sftp-wire.ts';
import { ToldSessions } from '../support/told-sessions.ts';

const PASSWORD = 'correct horse battery staple';

describeMachine('what sessions tell of logins, refusals, changes and ends', (image) => {
  let machine: Machine;
  let clients: Clients;
  let told: ToldSessions;
  let fingerprint: string;
  beforeAll(async () => {
    machine = await bootMachine(image);
    // sshd asks a silent client twice, a second apart.
    const silence = 'Match User silent\n  ClientAliveInterval 1\n  ClientAliveCountMax 2\n';
    await machine.writeFile('/etc/ssh/sshd_config.d/40-silent.conf', silence);
    await machine.sftpjail('init', '--yes');
    clients = await addCustomers(machine, 'acme', 'silent');
    const key = `${clients.key.path}.pub`;
    await machine.sftpjail('add-user', 'reader', '--read-only', '--key', key);
    await machine.sftpjail('add-admin', 'boss', '--key', key);
    await machine.run('sftpjail', ['add-user', 'typist', '--password-stdin'], { input: PASSWORD });
    fingerprint = (await machine.run('ssh-keygen', ['-lf', key])).stdout.split(' ')[1] as string;
    await machine.writeFile('/root/order', 'one hundred bricks');
    told = new ToldSessions(machine);
  });
  afterAll(() => machine?.close());

  const onWire =
    (user: string, act: (wire: SftpWire) => Promise<unknown>, ...args: string[]) =>
    async () => {
      const wire = await clients.wire(user, ...args);
      await act(wire);
      await wire.close();
    };
  const transfersOf = ({ transfers }: Session) =>
    transfers.map(({ direction, path, status, bytesRead, bytesWritten }) => [
      direction,
      path,
      status,
      bytesRead,
      bytesWritten,
    ]);
  const changesOf = ({ changes }: Session) =>
    changes.map(({ action, path, target, status }) => [action, path, ...(target ? [target] : []), status]);

  test('a login with a key: which, from where, and when, as the machine itself has it', async () => {
    const since = Number((await machine.run('date', ['+%s%3N'])).stdout);
    const session = await told.one(() => clients.sftpBatch('acme', ['put /root/order']));
    const until = Number((await machine.run('date', ['+%s%3N'])).stdout);
    expect(session).toMatchObject({
      ...{ v: 1, user: 'acme', end: 'closed' },
      client: { ip: '127.0.0.1', port: expect.any(Number) },
      login: { method: 'publickey', keyType: 'ED25519', fingerprint },
      totals: { uploads: 1, downloads: 0, bytesIn: 18, bytesOut: 0, removed: 0, failed: 0, exact: true },
    });
    const [opened, closed] = [Date.parse(session.opened ?? ''), Date.parse(session.closed ?? '')];
    expect([since <= opened, opened <= closed, closed <= until]).toEqual([true, true, true]);
  });

  test('a login with a password', async () => {
    const session = await told.one(() => clients.sftpWithPassword('typist', PASSWORD, ['put /root/order']));
    expect(session).toMatchObject({ user: 'typist', login: { method: 'password', keyType: null, fingerprint: null } });
    expect(transfersOf(session)).toEqual([['upload', '/data/order', 'completed', 0, 18]]);
  });

  test("an administrator's paths name the customer's jail", async () => {
    const session = await told.one(() =>
      clients.sftpBatch('boss', ['get acme/data/order /root/got', 'rm acme/data/order']),
    );
    expect(session).toMatchObject({ user: 'boss', login: { fingerprint }, totals: { bytesOut: 18, removed: 1 } });
    expect(transfersOf(session)).toEqual([['download', '/acme/data/order', 'completed', 18, 0]]);
    expect(changesOf(session)).toEqual([['remove', '/acme/data/order', 'completed']]);
  });

  test('what a client made, renamed, changed and removed, and what did not succeed', async () => {
    const session = await told.one(() =>
      clients.sftpBatch('acme', [
        ...['put /root/order a', 'mkdir paid', 'rename a paid/b', 'chmod 600 paid/b', 'ln paid/b c'],
        ...['-rm nothing', '-rmdir paid', '-mkdir paid', '-ln -s c link', 'rm c', 'rm paid/b', 'rmdir paid'],
      ]),
    );
    // A `Failure` can be the answer to a request that left no line, so what it speaks of is left open.
    expect(changesOf(session)).toEqual([
      ['mkdir', '/data/paid', 'completed'],
      ['rename', '/data/a', '/data/paid/b', 'completed'],
      ['set', '/data/paid/b', 'completed'],
      ['hardlink', '/data/paid/b', '/data/c', 'completed'],
      ['remove', '/data/nothing', 'failed'],
      ['rmdir', '/data/paid', 'unknown'],
      ['mkdir', '/data/paid', 'unknown'],
      ['refused', null, 'failed'],
      ['remove', '/data/c', 'completed'],
      ['remove', '/data/paid/b', 'completed'],
      ['rmdir', '/data/paid', 'completed'],
    ]);
    expect(session.totals).toMatchObject({ uploads: 1, removed: 3, failed: 2, exact: false });
  });

  test('a read-only customer, who is refused everything else, has changed nothing', async () => {
    await machine.sh('cp /root/order /sftp-root/reader/data/catalogue');
    const session = await told.one(
      onWire('reader', async (wire) => {
        expect((await wire.get('catalogue')).data?.toString()).toBe('one hundred bricks');
        const refused = [
          await wire.put('mine', 'x'),
          await wire.open('catalogue', OPEN.write),
          await wire.remove('catalogue'),
          await wire.rename('catalogue', 'mine'),
          await wire.mkdir('mine'),
          await wire.rmdir('.'),
          await wire.setstat('catalogue', { size: 0 }),
          await wire.symlink('catalogue', 'link'),
        ];
        expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 'permission denied'));
      }),
    );
    expect(transfersOf(session)).toEqual([
      ['download', 'catalogue', 'completed', 18, 0],
      ['upload', 'mine', 'failed', 0, 0],
      ['upload', 'catalogue', 'failed', 0, 0],
    ]);
    expect(session.changes.map(({ action, request, status }) => [action, request, status])).toEqual(
      ['remove', 'rename', 'mkdir', 'rmdir', 'setstat', 'symlink'].map((request) => ['refused', request, 'failed']),
    );
    expect(session.totals).toMatchObject({ uploads: 0, downloads: 1, bytesIn: 0, bytesOut: 18, removed: 0, failed: 8 });
  });

  /** Uploads a part of a file. @returns the wire, with the handle still open */
  async function begun(user: string, size: number): Promise<SftpWire> {
    const wire = await clients.wire(user);
    const { handle } = await wire.open('part', OPEN.write | OPEN.creat);
    await wire.write(handle as Buffer, 0, Buffer.alloc(size));
    return wire;
  }

  test('a client that is killed in the middle of an upload: aborted, with the bytes that came', async () => {
    const session = await told.one(async () => (await begun('acme', 5000)).kill());
    expect(session).toMatchObject({ end: 'aborted', totals: { uploads: 0, bytesIn: 5000, exact: true } });
    expect(transfersOf(session)).toEqual([['upload', 'part', 'partial', 0, 5000]]);
  });

  test("a session's process that is killed on the server: killed, and its bytes are not known", async () => {
    const session = await told.one(async () => {
      const wire = await begun('acme', 5000);
      await machine.run('pkill', ['-KILL', '--newest', '-u', 'acme']);
      await wire.close();
    });
    expect(session).toMatchObject({ end: 'killed', totals: { uploads: null, bytesIn: null, exact: false } });
    expect(transfersOf(session)).toEqual([['upload', 'part', 'unknown', null, null]]);
  });

  test("sshd's process of a session that is killed: the session says its bytes, and that it did not end by itself", async () => {
    const session = await told.one(async () => {
      const wire = await begun('acme', 5000);
      await machine.run('pkill', ['-KILL', '--oldest', '-u', 'acme']);
      await wire.close();
    });
    // sshd 9.2 says nothing of a child that was killed: what is left looks like a connection that broke.
    expect(session.end).toBe(image === 'bookworm' ? 'aborted' : 'killed');
    expect(transfersOf(session)).toEqual([['upload', 'part', 'partial', 0, 5000]]);
  });

  test('a client that falls silent: timeout', async () => {
    const upload = `sftp -q -l 80 -F none -i ${clients.key.path} -o StrictHostKeyChecking=no -b - silent@127.0.0.1`;
    const session = await told.one(() =>
      machine.sh(
        `truncate -s 9M /root/long; echo 'put /root/long' | ${upload} > /dev/null 2>&1 &
        until [ -s /sftp-root/silent/data/long ]; do sleep 0.05; done
        pkill -STOP -f '^/usr/bin/ssh .*silent'
        while pgrep -u silent > /dev/null; do sleep 0.1; done
        pkill -KILL -f '^/usr/bin/ssh .*silent'`,
      ),
    );
    const came = Number((await machine.run('stat', ['-c', '%s', '/sftp-root/silent/data/long'])).stdout);
    expect(came).toBeGreaterThan(0);
    expect(session).toMatchObject({ user: 'silent', end: 'timeout', totals: { bytesIn: came, exact: true } });
    expect(transfersOf(session)).toEqual([['upload', '/data/long', 'partial', 0, came]]);
  });

  test('two sessions on one connection: each has its own transfers, and both have its login', async () => {
    const sessions = await told.of(async () => {
      const shared = ['-S', '/run/shared'];
      const connection = clients.sshSpawn('acme', ['-M', '-N', ...shared]);
      await machine.sh('until [ -S /run/shared ]; do sleep 0.05; done');
      const one = await clients.wire('acme', ...shared);
      await one.put('one', 'x');
      const other = await clients.wire('acme', ...shared);
      await other.put('other', 'xx');
      await one.put('one more', 'xxx');
      await one.close();
      await other.put('other more', 'xxxx');
      await other.close();
      await clients.sshTry('acme', [...shared, '-O', 'exit']);
      await connection.done;
    });
    expect(sessions.map(transfersOf)).toEqual([
      [
        ['upload', 'one', 'completed', 0, 1],
        ['upload', 'one more', 'completed', 0, 3],
      ],
      [
        ['upload', 'other', 'completed', 0, 2],
        ['upload', 'other more', 'completed', 0, 4],
      ],
    ]);
    const [one, other] = sessions as [Session, Session];
    expect(one.client.port).toEqual(expect.any(Number));
    expect([other.client, other.login]).toEqual([one.client, one.login]);
    expect(sessions.map(({ end }) => end)).toEqual(['closed', 'closed']);
    expect(one.login).toEqual({ method: 'publickey', keyType: 'ED25519', fingerprint });
  });

  test('a copy on the server never crossed the wire', async () => {
    await clients.sftpBatch('acme', ['put /root/order source']);
    await told.of(async () => {});
    const copy =
      image === 'bookworm'
        ? onWire('acme', async (wire) => {
            const from = (await wire.open('source', OPEN.read)).handle as Buffer;
            const to = (await wire.open('copy', OPEN.write | OPEN.creat)).handle as Buffer;
            expect((await wire.copyData(from, 0, 0, to, 0)).status).toBe('ok');
            await wire.closeHandle(from);
            await wire.closeHandle(to);
          })
        : () => clients.sftpBatch('acme', ['cp source copy']);
    const session = await told.one(copy);
    expect(await machine.readFile('/sftp-root/acme/data/copy')).toBe('one hundred bricks');
    expect(session.transfers.map((transfer) => transfer.copy)).toEqual(['likely', 'likely']);
    expect(session.totals).toMatchObject({ uploads: 0, downloads: 0, bytesIn: 0, bytesOut: 0, bytesCopied: 18 });
  });

  test('--logins: a key that was refused, and a connection of which no session came', async () => {
    const stranger = new Clients(machine, await makeKeyPair(machine, 'stranger'));
    const offered = (await machine.run('ssh-keygen', ['-lf', `${stranger.key.path}.pub`])).stdout.split(' ')[1];
    const before = await told.logins();
    expect((await stranger.sftpBatch('acme', [])).exitCode).toBe(255);
    expect((await clients.sshTry('acme', [], ['id'])).exitCode).not.toBe(0);
    await told.settled();
    const fresh = (await told.logins()).slice(before.length);
    expect(fresh.map(({ user, outcome, fingerprint: shown }) => [user, outcome, shown])).toEqual([
      ['acme', 'refused', offered],
      ['acme', 'unused', fingerprint],
    ]);
  });
});
