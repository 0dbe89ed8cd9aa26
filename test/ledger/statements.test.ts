import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { parseConfig } from '../../src/config-file.ts';
import { bareStatements } from '../../src/ledger/bare-statement.ts';
import { finalOf, makeFinal } from '../../src/ledger/final.ts';
import { raiseNotices, tellNotices, usersSince, volumesOf } from '../../src/ledger/notices.ts';
import type { Ledger } from '../../src/ledger/open.ts';
import { makeReport, type ReportKey } from '../../src/ledger/report.ts';
import { keepSnapshots, measuredOn, storedOn } from '../../src/ledger/snapshots.ts';
import { makeStatement, type Statement } from '../../src/ledger/statement.ts';
import { statementRows } from '../../src/ledger/statement-rows.ts';
import { termsOf } from '../../src/ledger/terms.ts';
import { verifyLedger } from '../../src/ledger/verify.ts';
import { parseMonth } from '../../src/spec.ts';
import { pageText } from '../../src/ui/page.ts';
import { statementPage } from '../../src/ui/statement-page.ts';
import { micros } from './billed.ts';
import { describeLedgers, importsFiles } from './ledgers.ts';

const { billing } = parseConfig(
  `billing:
  timezone: Europe/Berlin
  rates:
    base: "5"
    upload: { included: 1 GB, rate: "0.50" }
    download: { rate: "0.10" }
    storage: { rate: "0.31" }
    quota: { volume: 10 GB, storage: 1 MB }
`,
  'c',
);
const zone = 'Europe/Berlin';
const october = parseMonth('2026-10');

const LONG = 'Q'.repeat(600);

/** A name that is the end of a close line, with other figures. */
const FORGED = '/data/x" bytes read 0 written 999999999999';

/** Lines of one process; stamps are those of UTC, an hour before midnight in Berlin at the end of October. */
const linesOf = (pid: number, ...lines: readonly (readonly [stamp: string, message: string])[]): string =>
  lines.map(([stamp, text]) => `${stamp}+00:00 sftp1 internal-sftp[${pid}]: ${text.slice(0, 500)}\n`).join('');

const LOG = [
  linesOf(
    100,
    ['2026-10-31T22:59:50.000001', 'session opened for local user acme from [192.0.2.1]'],
    ['2026-10-31T22:59:50.100000', 'open "/data/before.csv" flags WRITE,CREATE,TRUNCATE mode 0644'],
    // The last microsecond of October in Berlin.
    ['2026-10-31T22:59:59.999999', 'close "/data/before.csv" bytes read 0 written 3000000000'],
    ['2026-10-31T22:59:59.999999', 'open "/data/over.CSV" flags WRITE,CREATE,TRUNCATE mode 0644'],
    // The first of November: what was moved before midnight belongs to it too.
    ['2026-10-31T23:00:00.000000', 'close "/data/over.CSV" bytes read 0 written 7000000000'],
    ['2026-10-31T23:00:01.000000', 'session closed for local user acme from [192.0.2.1]'],
  ),
  linesOf(
    200,
    ['2026-10-15T10:00:00.000001', 'session opened for local user acme from [2001:db8::7]'],
    ['2026-10-15T10:00:01.000000', `open "${FORGED}" flags WRITE,CREATE,TRUNCATE mode 0644`],
    ['2026-10-15T10:00:02.000000', `close "${FORGED}" bytes read 0 written 4936`],
    ['2026-10-15T10:00:03.000000', 'open "/data/\\033[2J=cmd|<b>.html" flags READ mode 0666'],
    ['2026-10-15T10:00:04.000000', 'close "/data/\\033[2J=cmd|<b>.html" bytes read 2450000000 written 0'],
    // OpenSSH cut it: what was written stood behind the name.
    ['2026-10-15T10:00:05.000000', `open "/data/${LONG}" flags WRITE,CREATE,TRUNCATE mode 0644`],
    ['2026-10-15T10:00:06.000000', `close "/data/${LONG}" bytes read 0 written 123456789`],
    ['2026-10-15T10:00:07.000000', 'open "/data/a.bin" flags READ mode 0666'],
    ['2026-10-15T10:00:07.100000', 'open "/data/b.bin" flags WRITE,CREATE,TRUNCATE mode 0644'],
    ['2026-10-15T10:00:07.200000', 'close "/data/a.bin" bytes read 800000000 written 0'],
    ['2026-10-15T10:00:07.300000', 'close "/data/b.bin" bytes read 0 written 800000000'],
    ['2026-10-15T10:00:08.000000', 'open "/data/secret" flags READ mode 0666'],
    ['2026-10-15T10:00:08.000100', 'sent status Permission denied'],
    ['2026-10-15T10:00:09.000000', 'open "/data/.hidden" flags WRITE,CREATE,TRUNCATE mode 0644'],
    ['2026-10-15T10:00:10.000000', 'forced close "/data/.hidden" bytes read 0 written 10000000'],
    ['2026-10-15T10:00:10.000001', 'session closed for local user acme from [2001:db8::7]'],
  ),
  // The hour that is repeated in Berlin on 25 October, and somebody else.
  linesOf(
    300,
    ['2026-10-25T00:30:00.000000', 'session opened for local user globex from [192.0.2.9]'],
    ['2026-10-25T00:30:01.000000', 'open "/data/first.tar.gz" flags WRITE,CREATE,TRUNCATE mode 0644'],
    ['2026-10-25T00:30:02.000000', 'close "/data/first.tar.gz" bytes read 0 written 1'],
    ['2026-10-25T01:30:01.000000', 'open "/data/second.tar.gz" flags WRITE,CREATE,TRUNCATE mode 0644'],
    ['2026-10-25T01:30:02.000000', 'close "/data/second.tar.gz" bytes read 0 written 2'],
    ['2026-10-25T01:30:03.000000', 'session closed for local user globex from [192.0.2.9]'],
  ),
];

/** Of October, and found in November. */
const LATE = linesOf(
  400,
  ['2026-10-20T10:00:00.000001', 'session opened for local user acme from [192.0.2.1]'],
  ['2026-10-20T10:00:01.000000', 'open "/data/late" flags WRITE,CREATE,TRUNCATE mode 0644'],
  ['2026-10-20T10:00:02.000000', 'close "/data/late" bytes read 0 written 2000000000'],
  ['2026-10-20T10:00:03.000000', 'session closed for local user acme from [192.0.2.1]'],
);

/** What each database makes of the same. */
const texts: string[] = [];

describeLedgers('bills and reports', (ledgers) => {
  let ledger: Ledger;
  const imported = (text: string) => {
    const path = join(mkdtempSync(join(ledgers.folder, 'log.')), 'sftp.log');
    writeFileSync(path, text);
    return importsFiles(ledger, path);
  };
  beforeAll(async () => {
    ledger = await ledgers.open(ledgers.create());
    const lines = LOG.join('').split('\n').filter(Boolean).sort();
    await imported(`${lines.join('\n')}\n`);
    const hosts = ledger.db.selectFrom('hosts').select('id').where('name', '=', 'sftp1');
    const { id } = await hosts.executeTakeFirstOrThrow();
    const at = { hostId: Number(id), now: micros('2026-11-01T00:00:00Z') };
    const measured = (bytes: number) => [{ user: 'acme', bytes, files: 3, method: 'walk' }];
    await keepSnapshots(ledger.db, { ...at, day: '2026-10-30' }, measured(40_000_000_000));
    await keepSnapshots(ledger.db, { ...at, day: '2026-10-31' }, measured(60_000_000_000));
    await keepSnapshots(ledger.db, { ...at, day: '2026-10-31' }, measured(1));
    expect(await measuredOn(ledger.db, at.hostId, '2026-10-31')).toEqual(new Set(['acme']));
    expect(await storedOn(ledger.db, '2026-10-31', ['acme'])).toEqual(new Map([['acme', 60e9]]));
  });
  // Connections that are open keep PostgreSQL from ending in order; SQLite's file is gone with its folder.
  const close = () => ledger.close();

  const of = (user: string, month: string) => ({ user, month: parseMonth(month), terms: termsOf(billing, user) });
  const statement = async (user: string, month: string): Promise<Statement> => {
    const { terms, ...who } = of(user, month);
    return makeStatement({ ...who, terms }, await statementRows(ledger, user, who.month, terms));
  };
  const textOf = (one: Statement) => pageText(statementPage(one));

  test('a statement is what a hand reckons', async () => {
    const one = await statement('acme', '2026-10');
    expect(one.figures.moved).toEqual({
      // before.csv 3,000,000,000 + the forged name's true 4,936 + .hidden 10,000,000, which was broken off
      ...{ transfers: 4, upload: 3_010_004_936, download: 2_450_000_000, failed: 1 },
      ...{ copied: { transfers: 2, bytes: 800_000_000 }, inexact: { transfers: 1, bytes: 0 } },
    });
    expect(one.lines.map(({ meter, over, amount }) => [meter, over, amount])).toEqual([
      // 2.010004936 GB at 0.50 are 1.005002468
      ['upload', 2_010_004_936, '1.01'],
      // 2.45 GB at 0.10 are 0.245, and a half goes up
      ['download', 2_450_000_000, '0.25'],
      ['volume', 5_460_004_936, '0.00'],
      // The mean of 40 and 60 GB at 0.31, for 2 of 31 days
      ['storage', 50_000_000_000, '1.00'],
    ]);
    expect(one.total).toBe('7.26');
    expect(one.figures.stored.missing).toEqual(['2026-10-01 to 2026-10-29']);
    expect(one.transfers).toHaveLength(8);
  });

  test('a session over midnight is in both months, each transfer in that of its close', async () => {
    const november = await statement('acme', '2026-11');
    expect(november.transfers.map(({ path, at }) => [path, at])).toEqual([
      ['/data/over.CSV', micros('2026-10-31T23:00:00Z')],
    ]);
    expect(november.figures.moved.upload).toBe(7e9);
    // 6 GB at 0.50, and the base fee
    expect(november.total).toBe('8.00');
    expect((await statement('acme', '2026-09')).transfers).toEqual([]);
    expect((await statement('nobody', '2026-10')).total).toBe('5.00');
  });

  test('its text is the same from both databases, and no name gets out of its line', async () => {
    const text = textOf(await statement('acme', '2026-10'));
    expect(textOf(await statement('acme', '2026-10'))).toBe(text);
    // The chain is made with keys of its own in each ledger.
    texts.push(text.replace(/[0-9a-f]{64}/, 'HASH'));
    expect(text.replace(/[0-9a-f]{64}/, 'HASH')).toBe(texts[0]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would obey
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(text).toContain('/data/\\x1b[2J=cmd|<b>.html\n');
    expect(text).toContain(`4936           0  ${FORGED}\n`);
    expect(text).toMatch(/\nNot exact, not billed: 1\n.*\n.*\n.* \? +\? {2}\/data\/Q+…\n/);
    expect(text).toMatch(/\nCopied on the server, not billed: 2\n/);
    expect(text).toMatch(/\nsftp1 +3 {2}[0-9a-f]{64}\n/);
  });

  const report = async (
    by: ReportKey[],
    more: { top?: number; user?: string; since?: number; until?: number } = {},
  ) => {
    const { top = null, user = null, since = null, until = null } = more;
    return makeReport(ledger, { by, zone, top, user, since, until });
  };

  test('reports go by accounts, days, months, directions, types and clients', async () => {
    const short = async (by: ReportKey[]) =>
      (await report(by)).rows.map(({ keys, transfers, bytesIn, bytesOut }) => [...keys, transfers, bytesIn, bytesOut]);
    expect(await short(['user'])).toEqual([
      ['acme', 9, 10_010_004_936, 2_450_000_000],
      ['globex', 2, 3, 0],
    ]);
    expect(await short(['month', 'user'])).toEqual([
      ['2026-10', 'acme', 8, 3_010_004_936, 2_450_000_000],
      ['2026-10', 'globex', 2, 3, 0],
      ['2026-11', 'acme', 1, 7_000_000_000, 0],
    ]);
    expect(await short(['day'])).toEqual([
      ['2026-10-15', 7, 10_004_936, 2_450_000_000],
      ['2026-10-25', 2, 3, 0],
      ['2026-10-31', 1, 3_000_000_000, 0],
      ['2026-11-01', 1, 7_000_000_000, 0],
    ]);
    expect(await short(['type'])).toEqual([
      ['csv', 2, 10_000_000_000, 0],
      ['html', 1, 0, 2_450_000_000],
      // No dot, a dot at the beginning, or words that are no type.
      ['', 3, 10_004_936, 0],
      ['gz', 2, 3, 0],
      ['?', 1, 0, 0],
      ['bin', 2, 0, 0],
    ]);
    expect((await short(['host', 'direction'])).map(([host, direction]) => [host, direction])).toEqual([
      ['sftp1', 'upload'],
      ['sftp1', 'download'],
      ['sftp1', 'none'],
    ]);
    expect((await short(['client'])).map(([client, count]) => [client, count])).toEqual([
      ['192.0.2.1', 2],
      ['2001:db8::7', 7],
      ['192.0.2.9', 2],
    ]);
  });

  test('a report of a month says what the statement says; the top has the most bytes, and the rest is summed', async () => {
    const { from, until, figures } = await statement('acme', '2026-10');
    const { total } = await report(['day'], { user: 'acme', since: from, until });
    expect([total.bytesIn, total.bytesOut]).toEqual([figures.moved.upload, figures.moved.download]);
    expect(total).toMatchObject({ transfers: 8, bytesCopied: 800_000_000, inexact: 1 });
    const top = await report(['day'], { top: 2 });
    expect(top.rows.map(({ keys }) => keys[0])).toEqual(['2026-10-31', '2026-11-01']);
    expect(top.more).toMatchObject({ rows: 2, sums: { transfers: 9, bytesIn: 10_004_939 } });
    expect((await report(['user'], { since: until, until: until + 1 })).rows).toHaveLength(1);
    expect(await report(['month'], { user: 'nobody' })).toMatchObject({ rows: [], total: { transfers: 0 } });
  });

  test('what is final has a number, stays, and is corrected in the next', async () => {
    const now = micros('2026-11-02T00:00:00Z');
    const preliminary = await statement('acme', '2026-10');
    const [one, same, other] = await Promise.all(
      [of('acme', '2026-10'), of('acme', '2026-10'), of('globex', '2026-10')].map((who) =>
        makeFinal(ledger, who, textOf, now),
      ),
    );
    expect(one).toEqual(same);
    expect([one?.statement.number, other?.statement.number].sort()).toEqual(['2026-0001', '2026-0002']);
    expect(one?.statement).toEqual({ ...preliminary, number: one?.statement.number });
    await imported(LATE);
    const again = await finalOf(ledger, 'acme', october);
    expect(again?.text).toBe(one?.text);
    const november = await statement('acme', '2026-11');
    expect(november.corrections).toMatchObject([
      { month: '2026-10', number: one?.statement.number, upload: 2e9, download: 0, amount: '1.00' },
    ]);
    // 8.00 as before, and 2 GB of October at 0.50
    expect(november.total).toBe('9.00');
    await makeFinal(ledger, of('acme', '2026-11'), textOf, micros('2026-12-02T00:00:00Z'));
    expect((await statement('acme', '2026-12')).corrections).toEqual([]);
    expect((await report(['user'], { user: 'acme' })).total.bytesIn).toBe(12_010_004_936);
    // Their heads are where the chains were.
    const noted = await verifyLedger(ledger.db, []);
    expect([noted.stray, ...noted.hosts.map(({ wrong }) => wrong)]).toEqual([null, null, null]);
    await ledger.db.updateTable('statements').set({ text: 'less' }).where('month', '=', october).execute();
    await expect(finalOf(ledger, 'acme', october)).rejects.toThrow(/was changed since it was made final/);
    // As prune leaves it: with its number, what was billed, and a note in place of its text.
    await bareStatements(ledger.db, { before: '2026-11' }, 'pruned');
    expect(await finalOf(ledger, 'acme', october)).toMatchObject({ text: 'pruned\n', statement: { transfers: [] } });
    expect((await statement('acme', '2026-12')).corrections).toEqual([]);
  });

  test('each threshold of a quota is raised and told once a month', async () => {
    const now = micros('2026-10-31T22:00:00Z');
    const told: string[] = [];
    const tell = async (at = now) =>
      tellNotices(ledger.db, billing, at, ({ user_name, kind, period, percent }) =>
        told.push([user_name, kind, period, percent].join(' ')),
      );
    const { users, newest } = await usersSince(ledger.db, 0);
    expect(users.sort()).toEqual(['acme', 'globex']);
    expect(await usersSince(ledger.db, newest)).toEqual({ users: [], newest });
    // October: 3,010,004,936 + 2,000,000,000 up, 2,450,000,000 down, of 10 GB
    const uses = await volumesOf(ledger.db, billing, users, now);
    expect(uses.find(({ user }) => user === 'acme')).toEqual({ user: 'acme', kind: 'volume', used: 7_460_004_936 });
    expect(await raiseNotices(ledger.db, billing, uses, now)).toBe(1);
    expect(await raiseNotices(ledger.db, billing, uses, now)).toBe(0);
    await expect(
      tellNotices(ledger.db, billing, now, () => {
        throw new Error('the disk is full');
      }),
    ).rejects.toThrow(/disk is full/);
    expect(await tell()).toBe(1);
    expect(await tell()).toBe(0);
    expect(await raiseNotices(ledger.db, billing, [{ user: 'acme', kind: 'storage', used: 800_000 }], now)).toBe(2);
    expect(await raiseNotices(ledger.db, billing, [{ user: 'acme', kind: 'storage', used: 1_000_000 }], now)).toBe(1);
    await tell();
    expect(told).toEqual([
      ...['acme volume 2026-10 60', 'acme storage 2026-10 60', 'acme storage 2026-10 80', 'acme storage 2026-10 100'],
    ]);
    const november = micros('2026-11-05T00:00:00Z');
    expect(await raiseNotices(ledger.db, billing, [{ user: 'acme', kind: 'storage', used: 600_000 }], november)).toBe(
      1,
    );
    // What was not told in its month is not told any more.
    expect(await tell(micros('2026-12-01T12:00:00Z'))).toBe(0);
    await close();
  });
});
