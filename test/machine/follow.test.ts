import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/log/session.ts';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { FollowedSessions, withoutTrials } from '../support/followed-sessions.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { ToldSessions } from '../support/told-sessions.ts';

describeMachine('sessions as they come, and logs that are rotated', (image) => {
  let machine: Machine;
  let clients: Clients;
  let told: ToldSessions;
  beforeAll(async () => {
    machine = await bootMachine(image);
    // As Debian's installer has it. With its name beside localhost a host is called localhost by rsyslog, from a HUP on.
    await machine.writeFile('/etc/hosts', `127.0.0.1 localhost\n127.0.1.1 ${image}\n`);
    await machine.run('systemctl', ['restart', 'rsyslog']);
    await machine.sftpjail('init', '--yes');
    clients = await addCustomers(machine, 'acme', 'globex');
    told = new ToldSessions(machine);
    await machine.writeFile('/root/order', 'one hundred bricks');
    await told.of(() => clients.sftpBatch('acme', ['put /root/order before']));
  });
  afterAll(() => machine?.close());

  const rotate = () => machine.run('logrotate', ['--force', '/etc/logrotate.d/sftpjail']);
  const piped = async (script: string): Promise<Session[]> =>
    (await machine.sh(`cd /var/log; ${script}`)).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Session);

  test('--follow tells a session within about a second after its end, and goes on through a rotation', async () => {
    const followed = await FollowedSessions.begin(machine, clients, 'acme');
    const delays: number[] = [];
    const next = async () => {
      const { session, after } = await followed.next();
      delays.push(after);
      return session;
    };
    for (const name of ['one', 'two']) {
      await clients.sftpBatch('acme', [`put /root/order ${name}`]);
      expect(await next()).toMatchObject({
        user: 'acme',
        end: 'closed',
        transfers: [{ path: `/data/${name}`, bytesWritten: 18 }],
      });
    }
    const spanning = await clients.wire('globex');
    await spanning.put('early', 'x');
    await rotate();
    await spanning.put('late', 'xx');
    await spanning.close();
    const whole = await next();
    expect(whole).toMatchObject({ user: 'globex', end: 'closed', login: { method: 'publickey' } });
    expect(whole.transfers.map(({ path }) => path)).toEqual(['early', 'late']);
    await rotate();
    await clients.sftpBatch('acme', ['put /root/order three']);
    expect((await next()).transfers.map(({ path }) => path)).toEqual(['/data/three']);
    expect(await followed.end()).toBe(130);
    expect(followed.all).toHaveLength(4);
    console.log(`${image}: told ${delays.join(', ')} ms after the client had ended`);
    expect(Math.min(...delays)).toBeLessThan(1500);
    expect(Math.max(...delays)).toBeLessThan(4000);
    await told.settled();
    const [same] = await told.ask('--user', 'globex');
    expect(same).toEqual(whole);
  });

  test('what it followed is what all generations tell together, compressed ones included', async () => {
    const { stdout } = await machine.sh('ls /var/log/sftp.log*');
    expect(stdout.split('\n').filter(Boolean)).toEqual([
      '/var/log/sftp.log',
      '/var/log/sftp.log.1',
      '/var/log/sftp.log.2.gz',
    ]);
    const paths = withoutTrials(await told.ask()).flatMap(({ transfers }) => transfers.map(({ path }) => path));
    expect(paths).toEqual(['/data/before', '/data/one', '/data/two', 'early', 'late', '/data/three']);
  });

  test('a session across a rotation is one, with the same id, however the parts are given', async () => {
    const [{ id } = { id: '' }] = await told.ask('--user', 'globex');
    for (const given of [
      'zcat -f sftp.log.2.gz sftp.log.1 sftp.log | sftpjail sessions --json -',
      'zcat -f sftp.log.2.gz sftp.log.1 sftp.log | sftpjail sessions --json',
      'zcat -f sftp.log.2.gz sftp.log.1 > /run/both; sftpjail sessions --json < /run/both',
      'sftpjail sessions --json sftp.log sftp.log.1 sftp.log.2.gz',
      'sftpjail sessions --json ./sftp.log.1 ./sftp.log.2.gz',
    ]) {
      const sessions = (await piped(given)).filter(({ user }) => user === 'globex');
      expect(sessions.map((session) => [session.id, session.transfers.length])).toEqual([[id, 2]]);
    }
    const [part] = (await piped('sftpjail sessions --json sftp.log.1')).filter(({ user }) => user === 'globex');
    expect([part?.id.startsWith('x'), part?.opened, part?.totals.exact]).toEqual([true, null, false]);
  });

  test.each(['VERBOSE', 'INFO'])(
    'followed or read afterwards, sessions are told the same, one that was open before and parallel ones, with sshd at %s',
    async (level) => {
      await machine.writeFile('/etc/sftpjail/config.yaml', `sshd: { logLevel: ${level} }\n`);
      await machine.sftpjail('init', '--yes');
      await told.of(async () => {});
      const before = await clients.wire('globex');
      await before.put('before', 'x');
      const followed = await FollowedSessions.begin(machine, clients, 'acme');
      const sessions = await told.of(async () => {
        for (let round = 0; round < 3; round++)
          await Promise.all(['acme', 'globex'].map((user) => clients.sftpBatch(user, ['put /root/order'])));
        await before.put('after', 'xx');
        await before.close();
      });
      while (followed.all.length < 7) await followed.next();
      await followed.end();
      const byId = (all: readonly Session[]) => [...all].sort((one, other) => (one.id < other.id ? -1 : 1));
      expect(byId(followed.all)).toEqual(byId(withoutTrials(sessions)));
      expect(followed.all.filter(({ login }) => login?.method !== 'publickey')).toEqual([]);
    },
  );
});
