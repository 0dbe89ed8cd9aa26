import type { Context } from '../context.ts';
import { refused, wrongUsage } from '../errors.ts';
import { openLogFile } from '../host/log-file.ts';
import { textLines } from '../host/text-lines.ts';
import { withLedger } from '../ledger/open.ts';
import { BadLine, type Restored, restore } from '../ledger/restore.ts';
import { shellQuote } from '../quote.ts';
import { describeFindings } from '../ui/ledger-verdict.ts';
import { counted } from '../ui/quantities.ts';

/** Fills an empty ledger with what was exported. */
export async function ledgerRestore({ config, options, say }: Context, file: string): Promise<void> {
  if (options.dryRun) throw wrongUsage('restore has no plan that could be shown', 'sftpjail ledger restore FILE');
  const exported = await openLogFile(file, { warn: say.warn });
  if (exported === null) throw refused(`there is no file ${file}`, `ls -l ${shellQuote(file)}`);
  try {
    const { rows } = await withLedger(config, {}, (ledger) =>
      restore(ledger, textLines(exported.chunks()), (restored) => refuseChanged(file, restored)),
    );
    if (options.json) say.result(JSON.stringify({ changed: true, rows }));
    else
      say.note(`${counted(rows.sessions ?? 0, 'session')} with ${counted(rows.transfers ?? 0, 'transfer')} restored.`);
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    throw refused(
      `${file}:${error.line}: ${error.message}; nothing was restored`,
      'take another export, or import the logs: sftpjail ledger import',
    );
  } finally {
    await exported.close();
  }
}

function refuseChanged(file: string, findings: Restored): void {
  const what = describeFindings(findings);
  if (what !== null)
    throw refused(
      `what is in ${file} was changed since it was written, and nothing was restored: ${what}`,
      'take another export, or import the logs: sftpjail ledger import',
    );
}
