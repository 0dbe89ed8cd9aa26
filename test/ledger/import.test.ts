import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { step } from '../../src/ledger/chain.ts';
import { registerMachine } from '../../src/ledger/import/machine.ts';
import type { Ledger } from '../../src/ledger/open.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { readLog } from '../../src/log/read.ts';
import { LogWriter } from '../watch/log-writer.ts';
import { describeLedgers, imports, importsFiles } from './ledgers.ts';
import { inLedger, ofSessions } from './told.ts';

const ended = (text: string) => readLog(Buffer.from(text)).sessions.filter(({ end }) => end !== 'open');

/** Lines of one process, a second apart. */
function linesOf(pid: number, messages: readonly string[], { host = 'away', first = 0 } = {}): string {
  const stamp = (index: number) =>
    new Date(Date.UTC(2026, 10, 20, 10, 0, first + index)).toISOString().replace('Z', '123+00:00');
  return messages.map((text, index) => `${stamp(index)} ${host} internal-sftp[${pid}]: ${text}\n`).join('');
}

const OPENED = 'session opened for local user acme from [10.0.0.1]';
const CLOSED = 'session closed for local user acme from [10.0.0.1]';
const upload = (path: string, bytes: number) => [
  `open "${path}" flags WRITE,CREATE,TRUNCATE mode 0644`,
  `close "${path}" bytes read 0 written ${bytes}`,
];

describeLedgers('what is imported', (ledgers) => {
  const newFolder = () => mkdtempSync(join(ledgers.folder, 'log.'));
  const newWriter = () => {
    const writer = new LogWriter(join(newFolder(), 'sftp.log'));
    writeFileSync(writer.path, '');
    return writer;
  };
  const withLedger = async (use: (ledger: Ledger) => Promise<void>) => {
    const ledger = await ledgers.open(ledgers.create());
    await use(ledger).finally(() => ledger.close());
  };
  const written = (name: string, text: string | Buffer) => {
    const path = join(newFolder(), name);
    writeFileSync(path, text);
    return path;
  };

  /** An import of which the transaction fails when most of it is done. */
  async function comesToNothing(ledger: Ledger, log: string): Promise<void> {
    const [make, take] =
      ledger.native.dialect === 'sqlite'
        ? ["CREATE TRIGGER no BEFORE UPDATE ON readers BEGIN SELECT RAISE(ABORT, 'no'); END", 'DROP TRIGGER no']
        : [
            'ALTER TABLE chain ADD CONSTRAINT no CHECK (position < 0) NOT VALID',
            'ALTER TABLE chain DROP CONSTRAINT no',
          ];
    await sql.raw(make).execute(ledger.db);
    await imports(ledger, log).catch(() => {});
    await sql.raw(take).execute(ledger.db);
  }

  type Step = 'lines' | 'rotate' | 'rotateLate' | 'reopen' | 'copyTruncate' | 'import' | 'comesToNothing';
  const steps = fc.array(
    fc.record({
      step: fc.constantFrom<Step>(
        ...(['lines', 'lines', 'lines', 'rotate', 'rotateLate', 'reopen', 'copyTruncate'] as const),
        ...(['import', 'import', 'comesToNothing'] as const),
      ),
      sessions: fc.nat(3),
      lines: fc.nat(25),
      choice: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
    { minLength: 5, maxLength: 20 },
  );

  test('through rotation, compression, truncation and imports that fail each session is there once, as the whole log tells it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (script) =>
        withLedger(async (ledger) => {
          const writer = newWriter();
          for (const { step, sessions, lines, choice } of script) {
            if (step === 'lines') {
              for (let session = 0; session < sessions; session++) writer.session(1 + (session % 2));
              for (let line = 0; line < lines; line++) writer.go((choice + line * 0.37) % 1);
            } else if (step === 'rotate' || step === 'rotateLate') writer.rotate();
            if (step === 'rotate' || step === 'reopen') writer.reopen();
            if (step === 'copyTruncate') writer.copyTruncate();
            if (step === 'import') await imports(ledger, writer.path);
            if (step === 'comesToNothing') await comesToNothing(ledger, writer.path);
          }
          writer.reopen();
          while (!writer.isOver) writer.go(0.5);
          await imports(ledger, writer.path);
          expect(await inLedger(ledger)).toEqual(ofSessions(ended(writer.text)));
          expect(await imports(ledger, writer.path)).toMatchObject({ sessions: 0, corrections: 0 });
        }),
      ),
      { numRuns: 10 },
    );
  });

  test('each row tells which line it is from, whatever has become of its file', () =>
    withLedger(async (ledger) => {
      const writer = newWriter();
      for (let session = 0; session < 5; session++) writer.session(3);
      for (let step = 0; step < 12; step++) writer.go((step * 0.37) % 1);
      await imports(ledger, writer.path);
      writer.rotate();
      writer.reopen();
      while (!writer.isOver) writer.go(0.5);
      await imports(ledger, writer.path);
      const files = await ledger.db.selectFrom('sources').select(['id', 'read_to']).orderBy('id').execute();
      const texts = new Map(
        [`${writer.path}.1`, writer.path].map((path, index) => [files[index]?.id, readFileSync(path, 'latin1')]),
      );
      expect(files.map(({ read_to }) => read_to)).toEqual([...texts.values()].map(({ length }) => length));
      const rows = await ledger.db
        .selectFrom('transfers')
        .select(['path', 'bytes_written', 'source_id', 'source_offset'])
        .execute();
      expect(rows).toHaveLength(15);
      for (const { path, bytes_written, source_id, source_offset } of rows) {
        const [line] = texts.get(source_id)?.slice(source_offset).split('\n') ?? [];
        expect(line).toMatch(/^2026-11-20T\S+ away internal-sftp/);
        expect(line).toContain(`close "${path}" bytes read 0 written ${bytes_written}`);
      }
    }));

  test('names that are no UTF-8, that read two ways, that were cut, and numbers that nobody can move', () =>
    withLedger(async (ledger) => {
      const long = 'Q'.repeat(490);
      const text = linesOf(7, [
        OPENED,
        ...upload('/data/\\303\\251 \\\\ \\377.txt', 5),
        ...upload("/data/'; DROP TABLE transfers; --\\t\\n", 6),
        ...upload('/data/x" bytes read 0 written 999', 7),
        ...upload('/data/huge', 0).map((line) => line.replace(/written 0$/, `written ${'9'.repeat(30)}`)),
        'rename old "/data/g" new "/data/h" new "/data/i"',
        `open "/data/${long}`.slice(0, 500),
        'remove name "/data/b\\001"',
        CLOSED,
      ]);
      await importsFiles(ledger, written('sftp.log', text));
      const transfers = await ledger.db.selectFrom('transfers').selectAll().orderBy('n').execute();
      expect(
        transfers.map(({ path, bytes_written, exact, path_cut }) => [path, bytes_written, exact, path_cut]),
      ).toEqual([
        ['/data/é \\ \ufffd.txt', 5, 1, 0],
        ["/data/'; DROP TABLE transfers; --\t\n", 6, 1, 0],
        ['/data/x" bytes read 0 written 999', 7, 1, 0],
        ['/data/huge', null, 0, 0],
        [`/data/${long.slice(0, 488)}`, null, 0, 1],
      ]);
      expect(Buffer.from(transfers[0]?.path_raw ?? [])).toEqual(Buffer.from('/data/\xc3\xa9 \\ \xff.txt', 'latin1'));
      expect(transfers[1]?.path_raw).toBeNull();
      const changes = await ledger.db.selectFrom('changes').selectAll().orderBy('n').execute();
      expect(changes.map(({ action, path, readings }) => [action, path, JSON.parse(readings ?? 'null')])).toEqual([
        [
          'rename',
          null,
          [
            { path: '/data/g', target: '/data/h" new "/data/i' },
            { path: '/data/g" new "/data/h', target: '/data/i' },
          ],
        ],
        ['remove', '/data/b\u0001', null],
      ]);
    }));

  const whole = linesOf(7, [OPENED, ...upload('/data/a', 1), ...upload('/data/b', 2), CLOSED]);
  const cut = whole.indexOf('\n', whole.indexOf('/data/b')) + 1;

  test('files: again, under other names and compressed, in any order, and the rest of a session before all of it', () =>
    withLedger(async (ledger) => {
      const [first, rest] = [written('sftp.log.1', whole.slice(0, cut)), written('sftp.log', whole.slice(cut))];
      // Its end is not in it: it waits.
      expect(await importsFiles(ledger, first)).toMatchObject({ sessions: 0, running: 1 });
      expect(await importsFiles(ledger, rest)).toMatchObject({ sessions: 1, corrections: 0 });
      const packed = written('old.gz', gzipSync(whole.slice(0, cut)));
      expect(await importsFiles(ledger, packed, rest)).toMatchObject({ sessions: 1, corrections: 1, running: 0 });
      expect(await inLedger(ledger)).toEqual(ofSessions(ended(whole)));
      for (const files of [[first, rest], [rest], [packed], [written('copy', whole)]])
        expect(await importsFiles(ledger, ...files)).toMatchObject({ sessions: 0, corrections: 0 });
      expect(await inLedger(ledger)).toEqual(ofSessions(ended(whole)));
      const { rows } = await sql`SELECT bytes_in, transfers FROM usage_by_user_month`.execute(ledger.db);
      expect(rows).toEqual([{ bytes_in: 3, transfers: 2 }]);
    }));

  test('lines that a host has sent again count once, also when it has imported them itself', () =>
    withLedger(async (ledger) => {
      const [one, other] = [linesOf(7, [OPENED, ...upload('/data/a', 1)]), linesOf(7, [CLOSED], { first: 3 })];
      const same = linesOf(8, [OPENED, ...upload('/data/a', 1), ...upload('/data/a', 1), CLOSED], { first: 9 });
      // The unconfirmed lines of a broken link, and after it had settled; a line of its end alone.
      const log = written('sftp.log', one + one + other + linesOf(7, [CLOSED], { first: 3 }) + same + one + other);
      expect(await importsFiles(ledger, log)).toMatchObject({ sessions: 2, transfers: 3, corrections: 0 });
      const again = written('central.log', `${linesOf(9, [OPENED, CLOSED])}${one}${other}`);
      expect(await importsFiles(ledger, again)).toMatchObject({ sessions: 1, known: 1, corrections: 0 });
      expect(await inLedger(ledger)).toEqual(ofSessions(ended(one + other + same + linesOf(9, [OPENED, CLOSED]))));
    }));

  test('lines of another host without microseconds are refused, and nothing of them is kept', () =>
    withLedger(async (ledger) => {
      const log = written('sftp.log', whole.replaceAll(/\.\d{6}/g, ''));
      await expect(importsFiles(ledger, log)).rejects.toThrow('a line that "away" has sent names no microsecond');
      expect(await inLedger(ledger)).toEqual([]);
    }));

  test('what was pruned does not come back with an old log', () =>
    withLedger(async (ledger) => {
      const host_id = await registerMachine(ledger.db, { name: 'away', names: ['away'], id: null });
      const before_at = Date.UTC(2026, 10, 20, 10, 1) * 1000;
      const values = { host_id, position: 5, hash: Buffer.alloc(32, 7), before_at, recorded_at: before_at };
      const rest = { hollow: '', sums: '{}' };
      await ledger.db
        .insertInto('checkpoints')
        .values({ ...values, ...rest })
        .execute();
      const later = linesOf(8, [OPENED, CLOSED], { first: 59 });
      expect(await importsFiles(ledger, written('sftp.log', whole + later))).toMatchObject({ sessions: 1, known: 1 });
      const [entry, ...others] = await ledger.db
        .selectFrom('chain')
        .select(['position', 'hash', 'content', 'personal'])
        .execute();
      expect([entry?.position, others]).toEqual([6, []]);
      const digests = { content: Buffer.from(entry?.content ?? []), personal: Buffer.from(entry?.personal ?? []) };
      expect(Buffer.from(entry?.hash ?? [])).toEqual(step(values.hash, digests));
    }));

  test('another machine of the same name is refused, one that was known by its lines alone is not', () =>
    withLedger(async ({ db }) => {
      const machine = { name: 'away', names: ['away'], id: '0'.repeat(32) };
      const id = await registerMachine(db, { ...machine, id: null });
      expect(await registerMachine(db, machine)).toBe(id);
      expect(await registerMachine(db, machine)).toBe(id);
      await expect(registerMachine(db, { ...machine, id: 'f'.repeat(32) })).rejects.toThrow(
        'the ledger knows another machine of the name "away"',
      );
    }));

  test('each entry of the chain is bound to the one before, and to its rows', () =>
    withLedger(async (ledger) => {
      const writer = newWriter();
      for (let session = 0; session < 4; session++) writer.session(2);
      while (!writer.isOver) writer.go(0.5);
      await importsFiles(ledger, written('rest', whole.slice(cut)));
      await importsFiles(ledger, written('whole', whole));
      await imports(ledger, writer.path);
      const { db } = ledger;
      const chain = await db.selectFrom('chain').selectAll().orderBy('position').execute();
      const kinds = ['session', 'session', 'correction', ...Array(4).fill('session')];
      expect(chain.map(({ position, kind }) => [position, kind])).toEqual(kinds.map((kind, at) => [at + 1, kind]));
      const { hosts, stray } = await verifyLedger(db, []);
      expect({ stray, wrong: hosts.filter(({ wrong }) => wrong !== null) }).toEqual({ stray: null, wrong: [] });
    }));

  test('whoever writes SQL finds views, and in PostgreSQL what every column means', () =>
    withLedger(async ({ db, native }) => {
      for (const view of ['transfers_in_words', 'sessions_in_words', 'transfers_by_day', 'usage_by_user_month'])
        expect((await sql.raw(`SELECT * FROM ${view}`).execute(db)).rows).toEqual([]);
      if (native.dialect === 'sqlite') return;
      const { rows } = await sql`SELECT c.relname, a.attname FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname NOT LIKE 'schema_%'
        AND col_description(c.oid, a.attnum) IS NULL`.execute(db);
      expect(rows).toEqual([]);
    }));
});
