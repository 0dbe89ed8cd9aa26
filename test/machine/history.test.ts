import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Session } from '../../src/log/session.ts';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { ToldSessions } from '../support/told-sessions.ts';

interface Told {
  record: 'fate' | 'event';
  at: string;
  user: string;
  ip: string;
  port: number;
  session: string;
  action: string;
  path: string;
  target?: string;
  possible?: true;
  state?: string;
  by?: Told;
}

describeMachine('the history of a file', (image) => {
  let machine: Machine;
  let clients: Clients;
  let mine: Session;
  let bosses: Session;
  beforeAll(async () => {
    machine = await bootMachine(image);
    await machine.sftpjail('init', '--yes');
    clients = await addCustomers(machine, 'acme', 'globex');
    await machine.sftpjail('add-admin', 'boss', '--key', `${clients.key.path}.pub`);
    await machine.writeFile('/root/order.csv', 'bricks');
    const told = new ToldSessions(machine);
    await told.of(() => clients.scp('/root/order.csv', 'globex@127.0.0.1:by-scp'));
    await told.of(() => clients.sftpBatch('globex', ['rm by-scp']));
    // A file of the same name in another jail is another file.
    await told.of(() => clients.sftpBatch('globex', ['put /root/order.csv', 'rm order.csv']));
    const commands = ['put /root/order.csv', 'mkdir in', 'rename order.csv in/bricks.csv', 'rename in done'];
    mine = await told.one(() => clients.sftpBatch('acme', commands));
    bosses = await told.one(() =>
      clients.sftpBatch('boss', ['get acme/data/done/bricks.csv /root/', 'rm acme/data/done/bricks.csv']),
    );
  });
  afterAll(() => machine?.close());

  const ask = async (...args: string[]): Promise<Told[]> =>
    (await machine.sftpjail('history', '--json', ...args)).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Told);

  const from = ({ user, client, id }: Session) => ({ user, ip: client.ip, port: client.port, session: id });

  test('uploaded, renamed, moved with its folder, fetched and removed by an administrator: who, when and from where', async () => {
    const [fate, ...events] = await ask('/sftp-root/acme/data/order.csv');
    const removal = bosses.changes[0];
    expect(fate).toMatchObject({
      record: 'fate',
      state: 'removed',
      by: { action: 'remove', ...from(bosses), at: removal?.at },
    });
    const data = '/sftp-root/acme/data';
    const rename = { action: 'rename', ...from(mine) };
    expect(events).toMatchObject([
      { action: 'upload', path: `${data}/order.csv`, ...from(mine), at: mine.transfers[0]?.opened, bytes: 6 },
      { ...rename, path: `${data}/order.csv`, target: `${data}/in/bricks.csv`, at: mine.changes[1]?.at },
      { ...rename, path: `${data}/in/bricks.csv`, target: `${data}/done/bricks.csv`, at: mine.changes[2]?.at },
      { action: 'download', path: `${data}/done/bricks.csv`, ...from(bosses), bytes: 6 },
      { action: 'remove', path: `${data}/done/bricks.csv`, ...from(bosses), at: removal?.at },
    ]);
    expect(events.filter(({ possible }) => possible)).toEqual([]);
  });

  test('under each of its names, as seen from the host, from inside of the jail, and by the administrator', async () => {
    const expected = await ask('/sftp-root/acme/data/order.csv');
    for (const name of ['in/bricks.csv', 'done/bricks.csv'])
      expect(await ask(`/sftp-root/acme/data/${name}`)).toEqual(expected);
    for (const name of ['order.csv', 'in/bricks.csv', 'done/bricks.csv'])
      expect(await ask(`/data/${name}`, '--user', 'acme')).toEqual(expected);
    expect(await ask('/acme/data/done/bricks.csv', '--user', 'boss')).toEqual(expected);
    expect(await ask('/data/order.csv', '--user', 'globex')).not.toEqual(expected);
  });

  test('"who deleted it?" is the first line, of a file, and of what was in a folder', async () => {
    const when = bosses.changes[0]?.at.slice(0, 19).replace('T', ' ');
    for (const path of ['/data/order.csv', '/data/done/bricks.csv']) {
      const { stdout } = await machine.sftpjail('history', '--user', 'acme', path);
      expect(stdout.split('\n')[0]).toBe(`removed by boss (127.0.0.1) at ${when}Z`);
    }
  });

  test('a client that names its file from where it begins, as scp does, means the file in data', async () => {
    const [fate, ...events] = await ask('/sftp-root/globex/data/by-scp');
    expect(fate).toMatchObject({ state: 'removed', by: { user: 'globex' } });
    expect(events.map(({ action, path }) => [action, path])).toEqual(
      ['upload', 'set', 'remove'].map((action) => [action, '/sftp-root/globex/data/by-scp']),
    );
  });

  test('a path that no log knows, and one that is in no jail', async () => {
    const unknown = await machine.attempt('sftpjail', ['history', '/sftp-root/acme/data/nothing']);
    expect(unknown).toEqual({
      ...{ exitCode: 0, stdout: '' },
      stderr: 'the logs know nothing of "/sftp-root/acme/data/nothing"\n',
    });
    const outside = await machine.attempt('sftpjail', ['history', '/data/order.csv']);
    expect(outside).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outside.stderr).toContain(
      'hint: for a path inside of a jail say whose: sftpjail history /data/order.csv --user NAME',
    );
  });
});
