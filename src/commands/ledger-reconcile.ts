import type { Context } from '../context.ts';
import { OperatorError, refused } from '../errors.ts';
import { openLogs } from '../host/logs.ts';
import { thisMachine } from '../ledger/import/machine.ts';
import { reDerived } from '../ledger/import/re-derive.ts';
import { withLedger } from '../ledger/open.ts';
import { type Reconciled, Reconciler } from '../ledger/reconcile.ts';
import type { LedgerDb } from '../ledger/schema.ts';
import { ofOneMoment } from '../ledger/snapshot.ts';
import { jsonLine } from '../ui/json-line.ts';
import { describeReconciled } from '../ui/ledger-reconciled.ts';
import { parsePeriod } from '../ui/period.ts';
import { openProgress } from '../ui/progress.ts';
import { counted } from '../ui/quantities.ts';
import { zoneOf } from '../zone.ts';

interface ReconcileOptions {
  since?: string;
  until?: string;
  user?: string;
}

/** Says how what the logs tell differs from what is in the ledger. */
export async function ledgerReconcile(
  context: Context,
  files: readonly string[],
  wish: ReconcileOptions,
): Promise<void> {
  const { config, options, say } = context;
  const reconciled = await withLedger(config, { readOnly: true }, (ledger) =>
    ofOneMoment(ledger, (db) => reconcile(context, db, files, wish)),
  );
  if (options.json) say.result(jsonLine(reconciled));
  else for (const line of describeReconciled(reconciled)) say.result(line);
  const { differences } = reconciled;
  if (differences.length > 0)
    throw new OperatorError(
      'differs',
      `${counted(differences.length, 'session')} in the ledger and in the logs differ`,
      'sftpjail ledger verify tells whether the ledger was changed; sftpjail ledger import FILE adds what is missing',
    );
}

async function reconcile(
  context: Context,
  db: LedgerDb,
  files: readonly string[],
  { since, until, user }: ReconcileOptions,
): Promise<Reconciled> {
  const { config, say, now } = context;
  const zone = zoneOf(config.log.timezone);
  const period = parsePeriod(since, until, { zone, now: now() });
  const micros = (moment: number | null) => (moment === null ? null : moment * 1000);
  const reconciler = await Reconciler.open(db, { since: micros(period.since), until: micros(period.until), user });
  const progress = openProgress();
  const warn = (text: string) => {
    progress.wipe();
    say.warn(text);
  };
  const logs = await openLogs(context, { files, since: null, warn });
  try {
    if (!logs.canReadAgain) throw refused('a stream cannot be reconciled', 'sftpjail ledger reconcile FILE');
    // The configured logs are of this host, also where they tell of nobody.
    const hosts = new Set<string>(files.length === 0 ? [thisMachine().name] : []);
    for await (const sessions of reDerived(logs.sources, { timezone: zone, warn, onProgress: progress.report })) {
      for (const { host } of sessions) hosts.add(host);
      await reconciler.compare(sessions);
    }
    return await reconciler.end(hosts);
  } finally {
    progress.end();
    await logs.close();
  }
}
