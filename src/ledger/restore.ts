import { sql } from 'kysely';
import * as v from 'valibot';
import { refused } from '../errors.ts';
import { type ExportRow, FORMAT, FORMAT_VERSION, schemaOf } from './export.ts';
import { type Bulk, inTransaction, type Values } from './import/bulk.ts';
import type { Table } from './migrations/tables.ts';
import type { Ledger } from './open.ts';
import type { LedgerDb } from './schema.ts';
import { ALL_TABLES, isBytes } from './tables.ts';
import { type Findings, verifyLedger } from './verify.ts';

/** A line that does not belong into an export, or not there. */
export class BadLine extends Error {
  readonly line: number;

  constructor(line: number, reason: string) {
    super(reason);
    this.line = line;
  }
}

export interface Restored extends Findings {
  /** Rows by their tables. */
  rows: Record<string, number>;
}

const HEADER = v.object({
  format: v.literal(FORMAT),
  version: v.number(),
  schema: v.array(v.string()),
});
const END = v.strictObject({ end: v.record(v.string(), v.number()) });

/** So many rows are put into a table at a time. */
const PORTION = 5000;

/**
 * Fills an empty ledger with what was exported, and looks whether its chains hold: all of it is kept, or nothing.
 *
 * @param check throws where what was found of it is not to be kept
 * @throws BadLine
 * @throws OperatorError `refused` where the ledger is not empty
 */
export const restore = (
  ledger: Ledger,
  lines: AsyncIterable<string>,
  check: (restored: Restored) => void,
): Promise<Restored> =>
  inTransaction(ledger, async (db, bulk) => {
    await refuseFull(db, ledger.where);
    const rows = await fill(db, bulk, lines);
    if (ledger.native.dialect === 'postgres') await countOn(db);
    const restored = { rows, ...(await verifyLedger(db, [])) };
    check(restored);
    return restored;
  });

async function refuseFull(db: LedgerDb, where: string): Promise<void> {
  for (const { name } of ALL_TABLES) {
    const { rows } = await sql`SELECT 1 FROM ${sql.table(name)} LIMIT 1`.execute(db);
    if (rows.length > 0)
      throw refused(
        `the ledger in ${where} is not empty`,
        'name another in ledger.database of /etc/sftpjail/config.yaml, or move it away',
      );
  }
}

async function fill(db: LedgerDb, bulk: Bulk, lines: AsyncIterable<string>): Promise<Record<string, number>> {
  const counts: Record<string, number> = Object.fromEntries(ALL_TABLES.map(({ name }) => [name, 0]));
  let [number, isOver] = [0, false];
  let gathered: Values[] = [];
  let table: Table | null = null;
  const put = async () => {
    if (table !== null && gathered.length > 0)
      await bulk.insert(
        table.name,
        table.columns.map(([name]) => name),
        gathered,
      );
    gathered = [];
  };
  for await (const line of lines) {
    number++;
    const parsed = parseLine(line, number);
    if (number === 1) {
      await refuseOther(db, parsed);
      continue;
    }
    if (isOver) throw new BadLine(number, 'something follows the end');
    const { table: name, row } = parsed as Partial<ExportRow>;
    const of = BY_NAME.get(name ?? '');
    if (of !== undefined) {
      if (table !== of || gathered.length >= PORTION) await put();
      table = of;
      gathered.push(valuesOf(of, row ?? {}, number));
      (counts[of.name] as number)++;
      continue;
    }
    const end = v.safeParse(END, parsed);
    if (!end.success) throw new BadLine(number, 'it is no row of a table of the ledger');
    const differing = Object.keys(counts).find((name) => end.output.end[name] !== counts[name]);
    if (differing !== undefined)
      throw new BadLine(
        number,
        `${counts[differing]} rows of ${differing} came, and ${end.output.end[differing]} were exported`,
      );
    isOver = true;
  }
  if (!isOver) throw new BadLine(number, 'the export ends here, before its end');
  await put();
  return counts;
}

function parseLine(line: string, number: number): object {
  try {
    // What is no object has no columns either.
    return Object(JSON.parse(line));
  } catch {
    throw new BadLine(number, 'it is no JSON');
  }
}

async function refuseOther(db: LedgerDb, parsed: object): Promise<void> {
  const header = v.safeParse(HEADER, parsed);
  if (!header.success) throw new BadLine(1, 'it is no export of a ledger');
  const { version, schema } = header.output;
  const own = await schemaOf(db);
  if (version === FORMAT_VERSION && schema.join() === own.join()) return;
  throw new BadLine(
    1,
    `it was exported by another version of sftpjail (${schema.join(', ')}), and this one has ${own.join(', ')}`,
  );
}

const BY_NAME: ReadonlyMap<string, Table> = new Map(ALL_TABLES.map((table) => [table.name, table]));

/** In the order of the columns. */
function valuesOf({ name, columns }: Table, row: ExportRow['row'], number: number): Values {
  if (Object.keys(row).length !== columns.length) throw new BadLine(number, `it has not the columns of ${name}`);
  return columns.map((column) => {
    const [key, type] = column;
    const value = row[key];
    if (value === null && type.endsWith('?')) return null;
    if (isBytes(column)) {
      if (typeof value === 'string' && /^([\da-f]{2})*$/.test(value)) return Buffer.from(value, 'hex');
    } else if (type.startsWith('text')) {
      if (typeof value === 'string') return value;
    } else if (Number.isSafeInteger(value)) return value as number;
    throw new BadLine(number, `what it says of ${key} is no ${type.replace('?', '')}`);
  });
}

/** What PostgreSQL numbers itself goes on behind what came. */
async function countOn(db: LedgerDb): Promise<void> {
  for (const { name, primaryKey } of ALL_TABLES)
    if (primaryKey === undefined)
      await sql`SELECT setval(pg_get_serial_sequence(${name}, 'id'), greatest(1, (SELECT coalesce(max(id), 0) FROM ${sql.table(name)})),
        EXISTS (SELECT 1 FROM ${sql.table(name)}))`.execute(db);
}
