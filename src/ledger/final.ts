import { createHash } from 'node:crypto';
import { OperatorError, refused } from '../errors.ts';
import type { Month } from '../spec.ts';
import type { Ledger } from './open.ts';
import type { LedgerDb } from './schema.ts';
import { makeStatement, type Statement } from './statement.ts';
import { statementRows } from './statement-rows.ts';
import type { Terms } from './terms.ts';

export interface Kept {
  statement: Statement;
  /** As it was sent. */
  text: string;
}

/** A statement that was made final; null where none was. @throws OperatorError where its text was changed since */
export async function finalOf({ db }: Pick<Ledger, 'db'>, user: string, month: Month): Promise<Kept | null> {
  const row = await db
    .selectFrom('statements')
    .select(['number', 'text', 'sha256', 'figures'])
    .where('user_name', '=', user)
    .where('month', '=', month)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (digestOf(row.text) !== row.sha256)
    throw new OperatorError(
      'differs',
      `the text of statement ${row.number} was changed since it was made final`,
      'sftpjail ledger verify',
    );
  return { statement: statementFrom(row.figures), text: row.text };
}

/** Two lines of JSON: what later statements ask for, and the appendix, which can be long. */
function figuresOf({ transfers, ...rest }: Statement): string {
  return `${JSON.stringify(rest)}\n${JSON.stringify(transfers)}`;
}

function statementFrom(figures: string): Statement {
  const [rest = '', transfers = ''] = figures.split('\n');
  return { ...JSON.parse(rest), transfers: JSON.parse(transfers) };
}

const ATTEMPTS = 10;

/**
 * Gives a statement its number and keeps its text, all or nothing. Numbers go by the year of the months, from 1, without
 * a gap.
 *
 * @param render makes the text
 * @param now microseconds since 1970
 */
export async function makeFinal(
  ledger: Ledger,
  { user, month, terms }: { user: string; month: Month; terms: Terms },
  render: (statement: Statement) => string,
  now: number,
): Promise<Kept> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await wholeTransaction(ledger).execute(async (db) => {
        const known = await finalOf({ db }, user, month);
        if (known) return known;
        const rows = await statementRows({ ...ledger, db }, user, month, terms);
        const statement = { ...makeStatement({ user, month, terms }, rows), number: await nextNumber(db, month) };
        const text = render(statement);
        await db
          .insertInto('statements')
          .values({
            ...{ number: statement.number, user_name: user, month, text, sha256: digestOf(text), recorded_at: now },
            figures: figuresOf(statement),
            heads: JSON.stringify(statement.heads.map(({ host, count, hash }) => [host, count, hash])),
          })
          .execute();
        return { statement, text };
      });
    } catch (error) {
      // Somebody else took the number meanwhile, which PostgreSQL tells only then.
      if (!TAKEN.includes((error as { code?: string }).code ?? '')) throw error;
      if (attempt === ATTEMPTS) throw refused('other statements are being made final', 'run it again');
    }
  }
}

/** Of PostgreSQL (errcodes-appendix): unique_violation, serialization_failure; in SQLite one transaction waits for the other. */
const TAKEN = ['23505', '40001'];

/** All that it reads is of one moment. */
const wholeTransaction = ({ db, native }: Ledger) =>
  native.dialect === 'postgres' ? db.transaction().setIsolationLevel('repeatable read') : db.transaction();

async function nextNumber(db: LedgerDb, month: Month): Promise<string> {
  const year = month.slice(0, 4);
  const rows = await db.selectFrom('statements').select('number').where('number', 'like', `${year}-%`).execute();
  const last = rows.reduce((most, { number }) => Math.max(most, Number(number.slice(5))), 0);
  return `${year}-${String(last + 1).padStart(4, '0')}`;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
