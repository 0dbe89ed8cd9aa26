import { dirname } from 'node:path';
import type { Context } from '../context.ts';
import { fromErrno, isErrno, refused, wrongUsage } from '../errors.ts';
import { portionsOf, writeLines } from '../host/draft-stream.ts';
import { exportLines } from '../ledger/export.ts';
import { withLedger } from '../ledger/open.ts';
import { ofOneMoment } from '../ledger/snapshot.ts';
import { shellQuote } from '../quote.ts';
import { print, someoneReads } from '../ui/say.ts';

/** Prints everything that is in the ledger, or writes it to a file, one JSON object a line. */
export async function ledgerExport({ config, options, say }: Context, file: string | undefined): Promise<void> {
  if (options.dryRun) throw wrongUsage('export has no plan that could be shown', 'sftpjail ledger export');
  await withLedger(config, { readOnly: true }, (ledger) =>
    ofOneMoment(ledger, async (db) => {
      if (file !== undefined) {
        await written(file, exportLines(db));
        say.note(`The ledger is in ${file}, with all that is personal in it and the keys of its chain.`);
        return;
      }
      for await (const portion of portionsOf(exportLines(db))) {
        print(portion);
        if (!someoneReads()) return;
      }
    }),
  );
}

async function written(file: string, lines: AsyncIterable<string>): Promise<void> {
  try {
    await writeLines(file, lines);
  } catch (error) {
    if (isErrno(error, 'ENOENT'))
      throw refused(`there is no folder for ${file}`, `ls -ld ${shellQuote(dirname(file))}`);
    throw fromErrno(error) ?? error;
  }
}
