import type { Context } from '../context.ts';
import { refused, wrongUsage } from '../errors.ts';
import { type Erased, eraseUser } from '../ledger/erase.ts';
import { forGood } from '../ledger/for-good.ts';
import { withLedger } from '../ledger/open.ts';
import { type Pruned, prune } from '../ledger/prune.ts';
import type { LedgerDb } from '../ledger/schema.ts';
import { ofOneMoment } from '../ledger/snapshot.ts';
import type { Age } from '../spec.ts';
import { describeErased, describePruned } from '../ui/ledger-removal.ts';

interface PruneOptions {
  olderThan?: Age;
  eraseUser?: string;
}

interface Removed {
  pruned: Pruned[];
  erased: Erased | null;
}

/** Removes what is old from the ledger, or what is personal of one account. */
export async function ledgerPrune(context: Context, { olderThan, eraseUser: user }: PruneOptions): Promise<void> {
  const { config, options, say, typed } = context;
  if (olderThan === undefined && user === undefined)
    throw wrongUsage('it is not said what is to go', 'sftpjail ledger prune --older-than 10y');
  const now = context.now();
  const before = olderThan === undefined ? null : momentBefore(now, olderThan);
  const remove = async (db: LedgerDb, dryRun: boolean): Promise<Removed> => ({
    pruned:
      before === null ? [] : await prune(db, { before: before.getTime() * 1000, now: now.getTime() * 1000, dryRun }),
    erased: user === undefined ? null : await eraseUser(db, user, { now: now.getTime() * 1000, dryRun }),
  });
  const lines = ({ pruned, erased }: Removed): string[] => [
    ...(before === null ? [] : describePruned(pruned, before)),
    ...(user === undefined ? [] : describeErased(erased, user)),
  ];
  const tell = (removed: Removed, changed: boolean) => {
    if (options.json) say.result(JSON.stringify({ changed, ...removed }));
    else for (const line of lines(removed)) say.result(line);
  };

  const found = await withLedger(config, { readOnly: true }, (ledger) => ofOneMoment(ledger, (db) => remove(db, true)));
  const isNothing = found.pruned.length === 0 && found.erased === null;
  if (options.dryRun || isNothing) return tell(found, false);
  if (!options.yes) {
    say.show(lines(found));
    if (process.stdin.isTTY !== true)
      throw refused('this cannot be undone and nobody can be asked', `sftpjail ${typed} --yes`);
    const { confirm } = await import('../ui/ask.ts');
    if (!(await confirm('Remove it for good?'))) throw refused('not agreed, nothing changed');
  }
  await withLedger(config, {}, async (ledger) => tell(await forGood(ledger, (db) => remove(db, false)), true));
}

/** By the calendar, in UTC; a day that a month does not have is its last. */
export function momentBefore(now: Date, { years, months, days }: Age): Date {
  const month = now.getUTCMonth() - months;
  const last = new Date(Date.UTC(now.getUTCFullYear() - years, month + 1, 0)).getUTCDate();
  const moment = new Date(now);
  moment.setUTCFullYear(now.getUTCFullYear() - years, month, Math.min(now.getUTCDate(), last));
  moment.setUTCDate(moment.getUTCDate() - days);
  return moment;
}
