import { sharedSocket } from '../conf/sockets.ts';
import type { Context } from '../context.ts';
import { refused } from '../errors.ts';
import { recover as recoverJournal } from '../host/apply.ts';
import { readJournal } from '../host/journal.ts';
import { openLock } from '../host/lock.ts';
import { describePlan } from '../ui/describe-plan.ts';
import { paintFor } from '../ui/paint.ts';
import { openWorkshop, retreatOnSignals } from './carry-out.ts';

/** Finishes or undoes the command that was interrupted, as its journal says. */
export async function recover(context: Context): Promise<void> {
  const { host, options, say, typed } = context;
  if (process.getuid?.() !== 0) throw refused('only root can change this host', `sudo sftpjail ${typed}`);
  if (options.dryRun) {
    const journal = readJournal(host);
    if (options.json) return say.result(JSON.stringify({ interrupted: journal?.plan.command ?? null }));
    if (journal === null) return say.result('Nothing was interrupted.');
    say.result(`interrupted: ${journal.plan.command}`);
    for (const line of describePlan(journal.plan, paintFor(process.stdout, options.color))) say.result(line);
    return;
  }
  const workshop = openWorkshop(context, new Map(), () => [sharedSocket(context.config)]);
  retreatOnSignals();
  const lock = await openLock(host, typed, workshop.signal, (holder) => say.note(`waiting for: ${holder}`));
  try {
    const journal = readJournal(host);
    const outcome = journal === null ? 'nothing' : await recoverJournal(workshop, journal);
    const command = journal?.plan.command ?? null;
    if (options.json) say.result(JSON.stringify({ changed: journal !== null, outcome, command }));
    else if (command === null) say.note('Nothing was interrupted.');
    else say.note(outcome === 'undone' ? `Undone: ${command}. The host is as it was before.` : `Finished: ${command}.`);
  } finally {
    lock.close();
  }
}
