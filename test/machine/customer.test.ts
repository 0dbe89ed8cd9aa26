import { afterAll, beforeAll, expect, test } from 'vitest';
import { Clients, makeKeyPair } from '../support/clients.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { SftpLog } from '../support/sftp-log.ts';

const OPENED = (user: string) => `session opened for local user ${user} from [127.0.0.1]`;
const CLOSED = (user: string) => `session closed for local user ${user} from [127.0.0.1]`;

describeMachine('a customer and an administrator of files', (image) => {
  let machine: Machine;
  let clients: Clients;
  let log: SftpLog;
  beforeAll(async () => {
    machine = await bootMachine(image);
    const key = await makeKeyPair(machine);
    await machine.writeFile('/root/invoice', 'one hundred euros');
    await machine.sftpjail('init', '--yes');
    await machine.sftpjail('add-user', 'acme', '--key', `${key.path}.pub`);
    clients = new Clients(machine, key);
    log = new SftpLog(machine);
  });
  afterAll(() => machine?.close());

  const ls = async (folder: string) => (await machine.run('ls', ['-A', folder])).stdout.split('\n').filter(Boolean);

  test('sftp puts, gets, renames and removes, and every operation is on record', async () => {
    const logged = await log.of('acme', async () => {
      const ran = await clients.sftpBatch('acme', [
        'put /root/invoice draft',
        'get draft /root/copy',
        'mkdir paid',
        'rename draft paid/invoice',
        'chmod 600 paid/invoice',
        'ls paid',
        'rm paid/invoice',
        'rmdir paid',
      ]);
      expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    });
    expect(await machine.readFile('/root/copy')).toBe('one hundred euros');
    expect(await ls('/sftp-root/acme/data')).toEqual([]);
    expect(logged).toEqual([
      OPENED('acme'),
      'sent status No such file',
      'open "/data/draft" flags WRITE,CREATE,TRUNCATE mode 0644',
      'close "/data/draft" bytes read 0 written 17',
      'open "/data/draft" flags READ mode 0666',
      'close "/data/draft" bytes read 17 written 0',
      'mkdir name "/data/paid" mode 0777',
      'posix-rename old "/data/draft" new "/data/paid/invoice"',
      'set "/data/paid/invoice" mode 0600',
      'opendir "/data/paid/"',
      'closedir "/data/paid/"',
      'remove name "/data/paid/invoice"',
      'rmdir name "/data/paid"',
      CLOSED('acme'),
    ]);
  });

  test('scp, psftp and curl upload too', async () => {
    const upload = (path: string, flags: string, mode: string, ...more: string[]) => [
      OPENED('acme'),
      `open "${path}" flags ${flags} mode ${mode}`,
      ...more,
      `close "${path}" bytes read 0 written 17`,
      CLOSED('acme'),
    ];
    const missing = 'sent status No such file';
    // scp's names are logged as it sends them, here relative to where the session starts.
    const scp = await log.of('acme', () => clients.scp('/root/invoice', 'acme@127.0.0.1:by-scp'));
    expect(scp.filter((line) => line !== missing)).toEqual(
      upload('by-scp', 'WRITE,CREATE', '0644', 'set "by-scp" size 17'),
    );
    const psftp = await log.of('acme', () => clients.psftp('acme', ['put /root/invoice by-psftp']));
    expect(psftp).toEqual(upload('/data/by-psftp', 'WRITE,CREATE,TRUNCATE', '0100644'));
    const curl = await log.of('acme', () => clients.curl('acme', '/data/by-curl', '-T', '/root/invoice'));
    expect(curl).toEqual(upload('/data/by-curl', 'WRITE,CREATE,TRUNCATE', '0100644'));
    const { stdout } = await machine.sh('cd /sftp-root/acme/data; stat -c "%n %U %G %a %s" by-*');
    expect(stdout).toBe('by-curl acme sftp 640 17\nby-psftp acme sftp 640 17\nby-scp acme sftp 640 17\n');
  });

  test('a read-only customer downloads what an administrator put there, and changes nothing', async () => {
    await machine.sftpjail('add-user', 'reader', '--read-only', '--key', '/root/.ssh/customer.pub');
    await machine.sftpjail('add-admin', 'boss', '--key', '/root/.ssh/customer.pub');
    expect((await clients.sftpBatch('boss', ['put /root/invoice reader/data/catalogue'])).exitCode).toBe(0);
    const logged = await log.of('reader', async () => {
      expect(
        (await clients.sftpBatch('reader', ['get catalogue /root/read', '-put /root/invoice mine'])).exitCode,
      ).toBe(0);
    });
    expect(await machine.readFile('/root/read')).toBe('one hundred euros');
    expect(await ls('/sftp-root/reader/data')).toEqual(['catalogue']);
    // The server first says which of its extensions it does not even offer here.
    const offered = /^Refusing (posix-rename|hardlink|fsync|lsetstat|copy-data) request in read-only mode$/;
    expect(logged.filter((line) => !offered.test(line))).toEqual([
      OPENED('reader'),
      'open "/data/catalogue" flags READ mode 0666',
      'close "/data/catalogue" bytes read 17 written 0',
      'sent status No such file',
      'open "/data/mine" flags WRITE,CREATE,TRUNCATE mode 0644',
      'Refusing open request in read-only mode',
      'sent status Permission denied',
      CLOSED('reader'),
    ]);
  });

  test("an administrator sees every customer's files, and renames, replaces and removes them", async () => {
    await clients.sftpBatch('acme', ['put /root/invoice order', 'put /root/invoice old', 'put /root/invoice junk']);
    await machine.writeFile('/root/corrected', 'ninety euros');
    const logged = await log.of('boss', async () => {
      const ran = await clients.sftpBatch('boss', [
        'get acme/data/order /root/order',
        'rename acme/data/order acme/data/order.done',
        'put /root/corrected acme/data/draft',
        'rename acme/data/draft acme/data/old',
        'rm acme/data/junk',
        'cd acme/data',
        'ls -1 o*',
      ]);
      expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
      expect(ran.stdout).toMatch(/\nold *\norder\.done *\n$/);
    });
    expect(await machine.readFile('/root/order')).toBe('one hundred euros');
    expect(logged).toEqual(
      expect.arrayContaining([
        OPENED('boss'),
        'open "/acme/data/order" flags READ mode 0666',
        'posix-rename old "/acme/data/order" new "/acme/data/order.done"',
        'open "/acme/data/draft" flags WRITE,CREATE,TRUNCATE mode 0644',
        'posix-rename old "/acme/data/draft" new "/acme/data/old"',
        'remove name "/acme/data/junk"',
        CLOSED('boss'),
      ]),
    );
    expect((await clients.sftpBatch('acme', ['get old /root/old'])).exitCode).toBe(0);
    expect(await machine.readFile('/root/old')).toBe('ninety euros');
  });
});
