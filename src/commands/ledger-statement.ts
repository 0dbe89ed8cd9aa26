import type { Context } from '../context.ts';
import { refused, wrongUsage } from '../errors.ts';
import { readTemplate } from '../host/templates.ts';
import { spanOf } from '../ledger/calendar.ts';
import { finalOf, type Kept, makeFinal } from '../ledger/final.ts';
import { type Ledger, withLedger } from '../ledger/open.ts';
import { ofOneMoment } from '../ledger/snapshot.ts';
import { makeStatement, type Statement } from '../ledger/statement.ts';
import { isKnown, statementRows } from '../ledger/statement-rows.ts';
import { termsOf } from '../ledger/terms.ts';
import { shellQuote } from '../quote.ts';
import type { Month } from '../spec.ts';
import { jsonLine } from '../ui/json-line.ts';
import { pageHtml, pageText } from '../ui/page.ts';
import { statementCsv } from '../ui/statement-csv.ts';
import { statementPage } from '../ui/statement-page.ts';
import { chosenFormat } from './format.ts';

export const FORMATS = ['text', 'csv', 'json', 'html'] as const;

interface Options {
  user?: string;
  month?: Month;
  final?: boolean;
  format?: string;
}

/** What a customer is billed for. */
export async function ledgerStatement(context: Context, { user, month, final, format }: Options): Promise<void> {
  const { config, options, say, now } = context;
  if (user === undefined || month === undefined)
    throw wrongUsage(
      'a statement is of one account and one month',
      'sftpjail ledger statement --user acme --month 2026-10',
    );
  const chosen = chosenFormat(context, format, FORMATS);
  const of = { user, month, terms: termsOf(config.billing, user) };
  const time = now().getTime() * 1000;
  const keeps = final === true && !options.dryRun;
  if (final && time < spanOf(month, of.terms.timezone).until)
    throw refused(`${month} is not over yet`, `sftpjail ledger statement --user ${shellQuote(user)} --month ${month}`);
  const make = async (ledger: Ledger): Promise<Kept> => {
    const known = await finalOf(ledger, user, month);
    if (known) return known;
    // A bill for a name that was mistyped would be one of nothing but the base fee.
    if (!Object.hasOwn(config.billing.accounts, user) && !(await isKnown(ledger, user)))
      throw refused(`the ledger knows no account ${JSON.stringify(user)}`, 'sftpjail ledger report --by user');
    if (keeps) return makeFinal(ledger, of, textOf, time);
    const rows = await ofOneMoment(ledger, (db) => statementRows({ ...ledger, db }, user, month, of.terms));
    const statement = makeStatement(of, rows);
    return { statement, text: textOf(statement) };
  };
  const { statement, text } = await withLedger(config, { readOnly: !keeps }, make);
  say.result(chosen === 'text' ? text.trimEnd() : render(statement, chosen));
}

const textOf = (statement: Statement): string => pageText(statementPage(statement));

function render(statement: Statement, format: 'csv' | 'json' | 'html'): string {
  if (format === 'json') return jsonLine(statement);
  if (format === 'csv') return statementCsv(statement).join('\n');
  return pageHtml(readTemplate('ledger/page.hbs'), statementPage(statement)).trimEnd();
}
