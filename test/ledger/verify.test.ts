import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { hexOf } from '../../src/ledger/chain.ts';
import { eraseUser } from '../../src/ledger/erase.ts';
import type { Ledger } from '../../src/ledger/open.ts';
import { prune } from '../../src/ledger/prune.ts';
import type { LedgerDb } from '../../src/ledger/schema.ts';
import { ALL_TABLES, keyOf } from '../../src/ledger/tables.ts';
import { type Findings, type NotedHead, verifyLedger } from '../../src/ledger/verify.ts';
import { linesOf, logOf, sessionsFrom } from './customers-log.ts';
import { describeLedgers, importsFiles, type Ledgers } from './ledgers.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z') * 1000;
const before = (day: string) => Date.parse(day) * 1000;

/** Sessions of two hosts: 1 and 2 are told of a second time, as 9 and 10, with their beginnings. */
async function filled(ledgers: Ledgers): Promise<Ledger> {
  const ledger = await ledgers.open(ledgers.create());
  const write = (name: string, text: string) => {
    const path = join(ledgers.folder, `${name}-${Math.random()}`);
    writeFileSync(path, text);
    return path;
  };
  const old = sessionsFrom('2014-01-01T00:00:00Z', 100, ['acme', 'globex'], 4);
  const young = sessionsFrom('2026-10-01T00:00:00Z', 200, ['acme', 'initech', 'globex'], 6);
  const cut = old.slice(0, 2).flatMap((told) => linesOf(told).slice(2));
  await importsFiles(ledger, write('cut', cut.join('')));
  await importsFiles(ledger, write('young', logOf(young)));
  await importsFiles(ledger, write('old', logOf(old)));
  await importsFiles(ledger, write('other', logOf(sessionsFrom('2026-10-02T00:00:00Z', 300, ['acme'], 2, 'sftp2'))));
  return ledger;
}

class Undone extends Error {}

/** What is found after a change, of which nothing stays. */
async function foundAfter(
  { db, native }: Ledger,
  change: (db: LedgerDb) => Promise<unknown>,
  noted: readonly NotedHead[] = [],
): Promise<Findings> {
  let findings: Findings | null = null;
  await db
    .transaction()
    .execute(async (transaction) => {
      // Whoever changes rows behind our back asks no constraint.
      if (native.dialect === 'postgres') await sql`SET LOCAL session_replication_role = replica`.execute(transaction);
      else await sql`PRAGMA defer_foreign_keys = ON`.execute(transaction);
      await change(transaction);
      findings = await verifyLedger(transaction, noted);
      throw new Undone();
    })
    .catch((error) => {
      if (!(error instanceof Undone)) throw error;
    });
  return findings as unknown as Findings;
}

const run = (text: string) => (db: LedgerDb) => sql.raw(text).execute(db);
const several =
  (...statements: string[]) =>
  async (db: LedgerDb) => {
    for (const statement of statements) await run(statement)(db);
  };

const first = ({ hosts, stray }: Findings) => {
  const { host, wrong } = hosts.find((verdict) => verdict.wrong !== null) ?? {};
  return wrong ? { host, position: wrong.position, what: wrong.what } : stray;
};

describeLedgers('ledger verify', (ledgers) => {
  let ledger: Ledger;
  let keys: string[];
  const wrongAfter = async (...statements: string[]) => first(await foundAfter(ledger, several(...statements)));

  beforeAll(async () => {
    ledger = await filled(ledgers);
    keys = (await ledger.db.selectFrom('sessions').select('session_key').orderBy('id').execute()).map(
      ({ session_key }) => session_key,
    );
    return () => ledger.close();
  });

  test('holds as long as nobody changes anything', async () => {
    const { hosts, stray } = await verifyLedger(ledger.db, []);
    expect(stray).toBeNull();
    expect(
      hosts.map(({ host, entries, wrong }) => ({ host, entries, wrong })).filter(({ entries }) => entries > 0),
    ).toEqual([
      { host: 'sftp1', entries: 14, wrong: null },
      { host: 'sftp2', entries: 2, wrong: null },
    ]);
    expect(keys).toHaveLength(14);
  });

  test('a changed row, a deleted one, one too many and a swapped pair: the first that is wrong is named', async () => {
    const found = async (...statements: string[]) => first(await foundAfter(ledger, several(...statements)));
    const changed = 'was changed since it entered the chain';
    const outOfOrder = 'does not follow from the one before it: an entry was changed, removed or put elsewhere';
    expect({
      changed: await found('UPDATE transfers SET bytes_written = bytes_written - 1 WHERE session_id IN (5, 7)'),
      renamed: await found(`UPDATE transfers SET path = '/data/other' WHERE session_id = 6`),
      deleted: await found('DELETE FROM transfers WHERE session_id = 4'),
      deletedSession: await found('DELETE FROM sessions WHERE id = 4'),
      deletedEntry: await found(
        'DELETE FROM chain WHERE host_id = 2 AND position = 4',
        'DELETE FROM sessions WHERE id = 4',
      ),
      closedUp: await found(
        'DELETE FROM chain WHERE host_id = 2 AND position = 4',
        'UPDATE chain SET position = -position WHERE host_id = 2 AND position > 4',
        'UPDATE chain SET position = -position - 1 WHERE host_id = 2 AND position < 0',
      ),
      swappedEntries: await found(
        'UPDATE chain SET position = -1 WHERE host_id = 2 AND position = 4',
        'UPDATE chain SET position = 4 WHERE host_id = 2 AND position = 5',
        'UPDATE chain SET position = 5 WHERE host_id = 2 AND position = -1',
      ),
      swappedSessions: await found(
        'UPDATE sessions SET id = 1000 WHERE id = 4',
        'UPDATE sessions SET id = 4 WHERE id = 5',
        'UPDATE sessions SET id = 5 WHERE id = 1000',
      ),
      swappedBytes: await found(
        'UPDATE transfers SET bytes_written = CASE session_id WHEN 4 THEN 1202 ELSE 1201 END WHERE session_id IN (4, 5)',
      ),
      added: await found(
        `INSERT INTO sessions SELECT 99, host_id, 'ffff', ${columnsOf('sessions', 3)} FROM sessions WHERE id = 4`,
      ),
      addedTransfer: await found(
        `INSERT INTO transfers SELECT session_id, 99, ${columnsOf('transfers', 2)} FROM transfers WHERE session_id = 6`,
      ),
      strayTransfer: await found(
        `INSERT INTO transfers SELECT 99, n, ${columnsOf('transfers', 2)} FROM transfers WHERE session_id = 6`,
      ),
      notCounted: await found('UPDATE sessions SET superseded = 1 WHERE id = 3'),
      transferNotCounted: await found('UPDATE transfers SET superseded = 1 WHERE session_id = 3'),
      countedTwice: await found('UPDATE sessions SET superseded = 0 WHERE id = 1'),
      keyGone: await found('UPDATE chain SET row_key = NULL WHERE host_id = 2 AND position = 3'),
      otherHost: await found('UPDATE sessions SET host_id = 3 WHERE id = 3'),
      renamedHost: await found(`UPDATE hosts SET name = 'sftp3' WHERE name = 'sftp2'`),
    }).toEqual({
      changed: { host: 'sftp1', position: 5, what: changed },
      renamed: { host: 'sftp1', position: 6, what: `${changed}: a name, an address or a key` },
      deleted: { host: 'sftp1', position: 4, what: changed },
      deletedSession: { host: 'sftp1', position: 4, what: 'is gone: there is no such session' },
      deletedEntry: { host: 'sftp1', position: 4, what: 'is missing' },
      closedUp: { host: 'sftp1', position: 4, what: outOfOrder },
      swappedEntries: { host: 'sftp1', position: 4, what: outOfOrder },
      swappedSessions: { host: 'sftp1', position: 4, what: changed },
      swappedBytes: { host: 'sftp1', position: 4, what: changed },
      added: { host: 'sftp1', position: null, what: 'never entered the chain' },
      addedTransfer: { host: 'sftp1', position: 6, what: changed },
      strayTransfer: 'row 99, 1 of transfers is of no session',
      notCounted: { host: 'sftp1', position: 3, what: 'does not count, though nothing took its place' },
      transferNotCounted: { host: 'sftp1', position: 3, what: 'does not count, though nothing took its place' },
      countedTwice: { host: 'sftp1', position: 1, what: 'counts, though later evidence took its place' },
      keyGone: { host: 'sftp1', position: 3, what: 'has lost its key, and no erasure says so' },
      otherHost: { host: 'sftp1', position: 3, what: 'is gone: there is no such session' },
      renamedHost: { host: 'sftp3', position: 1, what: outOfOrder },
    });
  });

  test('no column of any row can be changed alone', async () => {
    const missed: string[] = [];
    for (const table of ALL_TABLES.filter(({ name }) =>
      ['sessions', 'transfers', 'changes', 'chain', 'corrections'].includes(name),
    ))
      for (const [column, type] of table.columns) {
        const kind = type.replace('?', '');
        const other =
          kind === 'text'
            ? `coalesce(${column}, '') || '.'`
            : kind === 'bytes'
              ? "CAST('0123456789abcdef0123456789abcdef' AS " +
                (ledger.native.dialect === 'sqlite' ? 'BLOB)' : 'bytea)')
              : kind === 'truth'
                ? `1 - ${column}`
                : `coalesce(${column}, 0) + 100`;
        const row =
          { sessions: 'id = 6', corrections: 'id = 1', chain: 'host_id = 2 AND position = 6' }[table.name] ??
          'session_id = 6';
        const found = await wrongAfter(
          `UPDATE ${table.name} SET ${column} = ${other} WHERE ${row}${keyOf(table).includes('n') ? ' AND n < 3' : ''}`,
        );
        if (found === null) missed.push(`${table.name}.${column}`);
      }
    expect(missed).toEqual([]);
  });

  test('a tail that was cut off is missed by the head that was noted', async () => {
    const { hosts } = await verifyLedger(ledger.db, []);
    const { head } = hosts.find(({ host }) => host === 'sftp1') as (typeof hosts)[number];
    const noted = { ...head, host: 'sftp1', by: 'the head' };
    const cut = several(
      'DELETE FROM chain WHERE host_id = 2 AND position > 11',
      'DELETE FROM corrections',
      'DELETE FROM transfers WHERE session_id > 10 AND session_id < 13',
      'DELETE FROM changes WHERE session_id > 10 AND session_id < 13',
      'DELETE FROM sessions WHERE id > 10 AND id < 13',
      'UPDATE sessions SET superseded = 0',
      'UPDATE transfers SET superseded = 0',
      'UPDATE changes SET superseded = 0',
      'DELETE FROM chain WHERE host_id = 2 AND position > 8',
      'DELETE FROM transfers WHERE session_id BETWEEN 9 AND 12',
      'DELETE FROM changes WHERE session_id BETWEEN 9 AND 12',
      'DELETE FROM sessions WHERE id BETWEEN 9 AND 12',
    );
    expect(first(await foundAfter(ledger, cut))).toBeNull();
    expect(first(await foundAfter(ledger, cut, [noted]))).toEqual({
      host: 'sftp1',
      position: 9,
      what: 'is missing, and so is all up to entry 14, which the head tells of',
    });
    const statement = (db: LedgerDb) =>
      db
        .insertInto('statements')
        .values({
          ...{ number: '2026-0001', user_name: 'acme', month: '2026-10', text: 'x', figures: '{}', recorded_at: NOW },
          sha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
          heads: JSON.stringify([['sftp1', head.position, hexOf(head.hash)]]),
        })
        .execute();
    expect(first(await foundAfter(ledger, statement))).toBeNull();
    const both = async (db: LedgerDb) => {
      await statement(db);
      await cut(db);
    };
    expect(first(await foundAfter(ledger, both))).toMatchObject({
      what: 'is missing, and so is all up to entry 14, which statement 2026-0001 tells of',
    });
    const changed = async (db: LedgerDb) => {
      await statement(db);
      await run(`UPDATE statements SET text = 'y'`)(db);
    };
    expect(first(await foundAfter(ledger, changed))).toBe(
      'the text of statement 2026-0001 was changed since it was made final',
    );
    const other = { ...noted, position: 3 };
    expect(first(await foundAfter(ledger, async () => {}, [other]))).toMatchObject({ host: 'sftp1', position: 3 });
    expect(first(await foundAfter(ledger, async () => {}, [{ ...noted, host: 'sftp9' }]))).toMatchObject({
      host: 'sftp9',
      position: 1,
    });
  });

  describe('after an account was erased and what is old was pruned', () => {
    const removed = async (db: LedgerDb) => {
      await eraseUser(db, 'globex', { now: NOW, dryRun: false });
      await prune(db, { before: before('2016-11-26'), now: NOW, dryRun: false });
      await eraseUser(db, 'acme', { now: NOW, dryRun: false });
    };
    const after = async (...statements: string[]) =>
      first(
        await foundAfter(ledger, async (db) => {
          await removed(db);
          await several(...statements)(db);
        }),
      );

    test('it says what was, and holds', async () => {
      const { hosts } = await foundAfter(ledger, removed);
      const [sftp1, sftp2] = hosts.filter(({ entries }) => entries > 0);
      expect(sftp1).toMatchObject({
        ...{ host: 'sftp1', wrong: null, head: { position: 17 } },
        erased: [
          { pseudonym: 'erased:1', sessions: 5 },
          { pseudonym: 'erased:2', sessions: 2 },
        ],
        pruned: {
          position: 2,
          sums: { sessions: 4, transfers: 4, changes: 8, bytesIn: 4406, bytesOut: 0, bytesCopied: 0 },
        },
      });
      expect(sftp2).toMatchObject({ host: 'sftp2', wrong: null, erased: [{ pseudonym: 'erased:2', sessions: 2 }] });
    });

    test('nothing can be smuggled in under that name', async () => {
      const something = expect.stringContaining('something personal stands in it');
      expect({
        unknown: await after(`UPDATE sessions SET user_name = 'erased:3' WHERE id = 4`),
        back: await after(`UPDATE sessions SET user_name = 'acme' WHERE id = 3`),
        path: await after(`UPDATE transfers SET path = '/x' WHERE session_id = 3`),
        bytes: await after('UPDATE transfers SET bytes_written = 5 WHERE session_id = 3'),
        oneMore: await after(
          `UPDATE sessions SET user_name = 'erased:2', client_ip = NULL, client_port = NULL, key_fingerprint = NULL WHERE id = 4`,
          `UPDATE transfers SET path = '' WHERE session_id = 4`,
          'UPDATE chain SET row_key = NULL WHERE host_id = 2 AND position = 4',
        ),
        positions: await after(`UPDATE erasures SET positions = '3-8' WHERE pseudonym = 'erased:2' AND host_id = 2`),
        pseudonym: await after(`UPDATE erasures SET pseudonym = 'x' WHERE pseudonym = 'erased:2' AND host_id = 2`),
        notErased: await after(`DELETE FROM erasures WHERE pseudonym = 'erased:2' AND host_id = 2`),
        sums: await after(`UPDATE checkpoints SET sums = '{}'`),
        hash: await after('UPDATE checkpoints SET position = 1'),
        hollow: await after(`UPDATE checkpoints SET hollow = '4-17'`),
      }).toMatchObject({
        unknown: { position: 4 },
        back: { position: 3, what: something },
        path: { position: 3, what: something },
        bytes: { position: 3, what: 'was changed since it entered the chain' },
        oneMore: { position: 4, what: 'has lost its key, and no erasure says so' },
        positions: { host: 'sftp1' },
        pseudonym: { position: 3 },
        notErased: { position: 3 },
        sums: { host: 'sftp1', what: 'was changed since it entered the chain' },
        hash: { position: 2, what: 'is missing' },
        hollow: { position: 4 },
      });
    });

    test('nothing personal is left of it, and what it moved still counts', async () => {
      let rest = '';
      const { stray } = await foundAfter(ledger, async (db) => {
        const moved = () =>
          db
            .selectFrom('transfers')
            .select(({ fn }) => fn.sum<number>('bytes_written').as('bytes'))
            .where('superseded', '=', 0)
            .executeTakeFirstOrThrow();
        const whole = await moved();
        await db
          .insertInto('statements')
          .values({
            ...{ number: '2026-0001', user_name: 'acme', month: '2026-10', text: 'acme', sha256: '', heads: '[]' },
            figures: '{"user":"acme","total":"3.50","uncounted":[{"path":"/acme"}]}\n[{"path":"/acme"}]',
            recorded_at: NOW,
          })
          .execute();
        await eraseUser(db, 'acme', { now: NOW, dryRun: false });
        expect(await moved()).toEqual(whole);
        for (const table of ALL_TABLES) {
          const { rows } = await sql`SELECT * FROM ${sql.table(table.name)}`.execute(db);
          rest += JSON.stringify(rows);
        }
      });
      expect(rest).toContain('globex');
      expect(rest).toContain('3.50');
      expect(rest).not.toContain('acme');
      expect(stray).toBeNull();
    });
  });
});

/** Those from this one on, with commas. */
const columnsOf = (name: string, from: number): string =>
  (ALL_TABLES.find((table) => table.name === name)?.columns ?? [])
    .slice(from)
    .map(([column]) => column)
    .join(', ');
