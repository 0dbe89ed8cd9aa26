import { type RawBuilder, sql } from 'kysely';
import { hexOf } from './chain.ts';
import type { Table } from './migrations/tables.ts';
import type { LedgerDb } from './schema.ts';
import { ALL_TABLES, isBytes, keyOf } from './tables.ts';

/** What the first line says that an export is. */
export const FORMAT = 'sftpjail ledger';
export const FORMAT_VERSION = 1;

/** The first line: what the lines after it mean. */
export interface ExportHeader {
  format: typeof FORMAT;
  version: number;
  /** The versions of the schema that were carried out. */
  schema: string[];
  /** Columns with their types and what they mean; bytes stand in hexadecimal digits. */
  tables: Record<string, { comment: string; columns: Record<string, { type: string; comment: string }> }>;
}

/** The last line, without which an export is not whole. */
export interface ExportEnd {
  end: Record<string, number>;
}

type Value = string | number | null;

/** A line between the two. */
export interface ExportRow {
  table: string;
  row: Record<string, Value>;
}

const PAGE = 2000;

/** Everything in the ledger, as lines. @param db which stays as it is meanwhile */
export async function* exportLines(db: LedgerDb): AsyncGenerator<string> {
  const header: ExportHeader = {
    ...{ format: FORMAT, version: FORMAT_VERSION, schema: await schemaOf(db) },
    tables: Object.fromEntries(ALL_TABLES.map((table) => [table.name, described(table)])),
  };
  yield JSON.stringify(header);
  const counts: Record<string, number> = {};
  for (const table of ALL_TABLES) {
    counts[table.name] = 0;
    for await (const row of rowsOf(db, table)) {
      (counts[table.name] as number)++;
      yield JSON.stringify({ table: table.name, row } satisfies ExportRow);
    }
  }
  yield JSON.stringify({ end: counts } satisfies ExportEnd);
}

const described = ({ comment, columns }: Table): ExportHeader['tables'][string] => ({
  comment,
  columns: Object.fromEntries(columns.map(([name, type, text]) => [name, { type, comment: text }])),
});

/** The names of the versions of the schema, oldest first. */
export async function schemaOf(db: LedgerDb): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM schema_versions ORDER BY name`.execute(db);
  return rows.map(({ name }) => name);
}

type Found = Record<string, Value | Uint8Array>;

async function* rowsOf(db: LedgerDb, table: Table): AsyncGenerator<ExportRow['row']> {
  const { columns } = table;
  const names = columns.map(([name]) => name);
  const key = keyOf(table);
  const list = (words: readonly string[]) => sql.join(words.map((word) => sql.ref(word)));
  for (let last: Record<string, unknown> | null = null; ; ) {
    const after: Record<string, unknown> | null = last;
    const from: RawBuilder<unknown> =
      after === null ? sql`` : sql`WHERE (${list(key)}) > (${sql.join(key.map((name) => after[name]))})`;
    const { rows }: { rows: Found[] } = await sql<Found>`SELECT ${list(names)} FROM ${sql.table(table.name)}
      ${from} ORDER BY ${list(key)} LIMIT ${sql.lit(PAGE)}`.execute(db);
    for (const row of rows)
      yield Object.fromEntries(
        columns.map((column) => {
          const value = row[column[0]] ?? null;
          return [column[0], isBytes(column) && value !== null ? hexOf(value as Uint8Array) : (value as Value)];
        }),
      );
    last = rows.at(-1) ?? null;
    if (rows.length < PAGE) return;
  }
}
