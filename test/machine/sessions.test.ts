import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesOf } from '../log/model/escape.ts';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { type Moved, wrongFigures } from '../support/moved.ts';
import { makeFiles, type OddFile, oddFiles } from '../support/odd-files.ts';
import { OPEN } from '../support/sftp-codes.ts';
import { ToldSessions } from '../support/told-sessions.ts';

const FILES = oddFiles('/data/sent');
const movedTo = (folder: string, files: readonly OddFile[] = FILES): Moved[] =>
  files.map(({ name, size }) => ({ path: `${bytesOf(folder)}/${name}`, bytes: size }));
const FORGED = bytesOf('x" bytes read 0 written 999');

describeMachine(
  'the bytes that a client moved, known from its own side, are what sessions tells or it says that it does not know',
  (image) => {
    let machine: Machine;
    let clients: Clients;
    let told: ToldSessions;
    beforeAll(async () => {
      machine = await bootMachine(image);
      await machine.sftpjail('init', '--yes');
      clients = await addCustomers(machine, 'acme', 'wires');
      told = new ToldSessions(machine);
      await makeFiles(machine, '/root/sent', FILES);
    });
    afterAll(() => machine?.close());

    /** That the client has really moved what is compared with what is told. */
    const isSame = (one: string, other: string) => machine.run('diff', ['-r', '--', one, other]);

    test(`the log has lines that lie to a careless reader, and lines that end in the middle of a figure`, async () => {
      const upload = await told.one(() => clients.sftpBatch('acme', ['put -r /root/sent']));
      await isSame('/root/sent', '/sftp-root/acme/data/sent');
      const { stdout } = await machine.sh('grep -a " close " /var/log/sftp.log');
      expect(stdout).toContain('close "/data/sent/x" bytes read 0 written 999" bytes read 0 written ');
      const cut = stdout
        .split('\n')
        .flatMap((line) => line.match(/: (close "\/data\/sent\/(\d)x{20}.* written (\d*))$/)?.slice(1, 4) ?? []);
      expect(cut.filter((_, index) => index % 3 === 0).map(({ length }) => length)).toEqual([
        500, 500, 500, 500, 500, 500,
      ]);
      expect(wrongFigures(upload, 'upload', movedTo('/data/sent'))).toEqual([]);
    });

    test('sftp fetches a folder of them', async () => {
      const download = await told.one(() => clients.sftpBatch('acme', ['get -r sent /root/fetched']));
      await isSame('/root/sent', '/root/fetched');
      expect(wrongFigures(download, 'download', movedTo('/data/sent'))).toEqual([]);
    });

    test('scp sends and fetches a folder of them', async () => {
      const upload = await told.one(() => clients.scp('/root/sent', 'acme@127.0.0.1:/data/by-scp', '-r'));
      await isSame('/root/sent', '/sftp-root/acme/data/by-scp');
      expect(wrongFigures(upload, 'upload', movedTo('/data/by-scp'))).toEqual([]);
      const download = await told.one(() => clients.scp('acme@127.0.0.1:/data/by-scp', '/root/fetched-by-scp', '-r'));
      await isSame('/root/sent', '/root/fetched-by-scp');
      expect(wrongFigures(download, 'download', movedTo('/data/by-scp'))).toEqual([]);
    });

    test('psftp sends and fetches a folder of them', async () => {
      const upload = await told.one(() => clients.psftp('acme', ['put -r /root/sent by-psftp']));
      await isSame('/root/sent', '/sftp-root/acme/data/by-psftp');
      expect(wrongFigures(upload, 'upload', movedTo('/data/by-psftp'))).toEqual([]);
      const download = await told.one(() => clients.psftp('acme', ['get -r by-psftp /root/fetched-by-psftp']));
      await isSame('/root/sent', '/root/fetched-by-psftp');
      expect(wrongFigures(download, 'download', movedTo('/data/by-psftp'))).toEqual([]);
    });

    test('curl sends and fetches one whose name is a line of the log', async () => {
      const file = FILES.find(({ name }) => name === FORGED) as OddFile;
      const path = `/data/${encodeURIComponent(FORGED)}`;
      const upload = await told.one(() => clients.curl('acme', path, '-T', `/root/sent/${FORGED}`));
      expect(wrongFigures(upload, 'upload', movedTo('/data', [file]))).toEqual([]);
      const download = await told.one(() => clients.curl('acme', path, '-o', '/root/fetched-by-curl'));
      await isSame(`/root/sent/${FORGED}`, '/root/fetched-by-curl');
      expect(wrongFigures(download, 'download', movedTo('/data', [file]))).toEqual([]);
    });

    test('the protocol by hand, with every byte that a name can have', async () => {
      const bytes = Array.from({ length: 255 }, (_, index) => String.fromCharCode(index + 1)).filter(
        (one) => one !== '/',
      );
      const names = [...bytes.map((one) => `by${one}te`), bytes.slice(0, 127).join(''), bytes.slice(127).join('')];
      const files = names.map((name, index) => ({ path: `/data/${name}`, bytes: index }));
      const upload = await told.one(async () => {
        const wire = await clients.wire('wires');
        for (const { path, bytes: size } of files)
          expect(await wire.put(Buffer.from(path, 'latin1'), Buffer.alloc(size))).toMatchObject({ status: 'ok' });
        await wire.close();
      });
      expect(wrongFigures(upload, 'upload', files)).toEqual([]);
    });
    test('a file that is read while it is written, through two handles that close in either order', async () => {
      const session = await told.one(async () => {
        const wire = await clients.wire('wires');
        for (const first of ['reading', 'writing']) {
          const path = `/data/closed ${first} first`;
          const writing = (await wire.open(path, OPEN.write | OPEN.creat)).handle as Buffer;
          await wire.write(writing, 0, Buffer.alloc(42));
          const reading = (await wire.open(path, OPEN.read)).handle as Buffer;
          expect((await wire.read(reading, 0, 7)).data?.length).toBe(7);
          const both = first === 'reading' ? [reading, writing] : [writing, reading];
          for (const handle of both) await wire.closeHandle(handle);
        }
        await wire.close();
      });
      expect(
        session.transfers.map(({ direction, bytesRead, bytesWritten, exact }) => [
          direction,
          bytesRead,
          bytesWritten,
          exact,
        ]),
      ).toEqual([
        ['upload', 0, 42, true],
        ['download', 7, 0, true],
        ['upload', 0, 42, true],
        ['download', 7, 0, true],
      ]);
      expect(session.totals).toMatchObject({ bytesIn: 84, bytesOut: 14, exact: true });
    });
  },
);
