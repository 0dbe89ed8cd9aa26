import { once } from 'node:events';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { PoolClient } from 'pg';
import type { Ledger } from '../open.ts';
import type { LedgerDb, LedgerTables } from '../schema.ts';
import type { Sqlite, SqliteValue } from '../sqlite.ts';
import { Copy } from './copy.ts';

export type Values = readonly SqliteValue[];

/** Puts many rows into a table, in the transaction that it was made for. */
export interface Bulk {
  insert(table: string, columns: readonly string[], rows: Iterable<Values>): Promise<void>;
  /** Numbers of so many new sessions. */
  sessionIds(count: number): Promise<number[]>;
  /** Nobody else may add to these hosts until the transaction ends. */
  lock(hosts: readonly number[]): Promise<void>;
}

/** Everything that is done, or nothing. */
export async function inTransaction<Result>(
  { db, native }: Ledger,
  use: (db: LedgerDb, bulk: Bulk) => Promise<Result>,
): Promise<Result> {
  if (native.dialect === 'sqlite')
    return db.transaction().execute((transaction) => use(transaction, sqliteBulk(transaction, native.sqlite)));
  const client = await native.pool.connect();
  let failure: Error | undefined;
  // Of a connection that breaks its queries tell; without a listener the event would end the process.
  const onError = (error: Error) => {
    failure = error;
  };
  client.on('error', onError);
  try {
    return await ofOneClient(client)
      .transaction()
      .execute((transaction) => use(transaction, postgresBulk(transaction, client)));
  } catch (error) {
    failure ??= error as Error;
    throw error;
  } finally {
    client.removeListener('error', onError);
    client.release(failure);
  }
}

/** Rows in one statement: a sixth of the time is what surrounds each. */
const TOGETHER = 8;

function sqliteBulk(db: LedgerDb, sqlite: Sqlite): Bulk {
  return {
    async insert(table, columns, rows) {
      const places = `(${columns.map(() => '?').join(', ')})`;
      const prepare = (count: number) =>
        sqlite.statement(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array(count).fill(places).join(', ')}`);
      const many = prepare(TOGETHER);
      let values: SqliteValue[] = [];
      for (const row of rows) {
        for (const value of row) values.push(value);
        if (values.length < TOGETHER * columns.length) continue;
        many.run(...values);
        values = [];
      }
      if (values.length > 0) prepare(values.length / columns.length).run(...values);
    },
    async sessionIds(count) {
      const { rows } = await sql<{ seq: number }>`SELECT seq FROM sqlite_sequence WHERE name = 'sessions'`.execute(db);
      const last = rows[0]?.seq ?? 0;
      return Array.from({ length: count }, (_, index) => last + 1 + index);
    },
    // The whole database is locked for whoever writes.
    lock: async () => {},
  };
}

/** kysely on one connection, which COPY is sent over as well. */
function ofOneClient(client: PoolClient): Kysely<LedgerTables> {
  const connection = {
    query: client.query.bind(client),
    release() {},
  };
  const pool = { connect: async () => connection, end: async () => {} };
  return new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool: pool as never }) });
}

function postgresBulk(db: LedgerDb, client: PoolClient): Bulk {
  return {
    async insert(table, columns, rows) {
      const copy = client.query(new Copy(`COPY ${table} (${columns.join(', ')}) FROM STDIN`, rows));
      await once(copy, 'end');
    },
    async sessionIds(count) {
      const { rows } = await sql<{
        id: number;
      }>`SELECT nextval(pg_get_serial_sequence('sessions', 'id')) AS id FROM generate_series(1, ${count})`.execute(db);
      return rows.map(({ id }) => id);
    },
    async lock(hosts) {
      if (hosts.length > 0)
        await db.selectFrom('hosts').select('id').where('id', 'in', hosts).orderBy('id').forUpdate().execute();
    },
  };
}
