import { CONFIG_PATH } from '../config.ts';
import type { Context } from '../context.ts';
import { refused, wrongUsage } from '../errors.ts';
import { openLogs } from '../host/logs.ts';
import { type Imported, type ImportOptions, importFiles, importOnce } from '../ledger/import/import.ts';
import { type Ledger, withLedger } from '../ledger/open.ts';
import { keep, look } from '../ledger/stamp.ts';
import { LEDGER_FILE } from '../plan/ledger-place.ts';
import { openProgress } from '../ui/progress.ts';
import { zoneOf } from '../zone.ts';
import { followedLogs } from './followed-logs.ts';

/** Puts what the logs tell into the ledger: what is new, however often it runs. */
export async function ledgerImport(context: Context, files: readonly string[]): Promise<void> {
  const { config, host, options, say } = context;
  if (host.sysroot !== '')
    throw refused('the ledger is of this machine, not of an image', 'sftpjail ledger import FILE');
  if (options.dryRun) throw wrongUsage('import has no plan that could be shown', 'sftpjail ledger import');
  if (files.includes('-'))
    throw wrongUsage('standard input is no file that would be known again', 'sftpjail ledger import FILE');
  const imported = await withLedger(config, {}, (ledger) => read(context, ledger, files));
  for (const { log, from, to } of imported.gaps)
    say.warn(`lines of ${log} from ${from} to ${to} were gone before they were read`);
  const { sessions, transfers, corrections, known, running } = imported;
  if (options.json) say.result(JSON.stringify({ sessions, transfers, corrections, known, running }));
  else say.note(words(imported, files.length > 0));
}

async function read(context: Context, ledger: Ledger, files: readonly string[]): Promise<Imported> {
  const progress = openProgress();
  const options = {
    timezone: zoneOf(context.config.log.timezone),
    onProgress: progress.report,
    warn(text: string) {
      progress.wipe();
      context.say.warn(text);
    },
  };
  try {
    if (files.length === 0) return await readConfigured(context, ledger, options);
    const logs = await openLogs(context, { files, since: null, warn: options.warn });
    try {
      if (!logs.canReadAgain)
        throw refused('a stream is no file that would be known again', 'sftpjail ledger import FILE');
      return await importFiles(ledger, logs.sources, options);
    } finally {
      await logs.close();
    }
  } finally {
    progress.end();
  }
}

async function readConfigured(
  context: Context,
  ledger: Ledger,
  options: Omit<ImportOptions, 'logs'>,
): Promise<Imported> {
  const logs = followedLogs(context);
  const stamp = look(context.self.config ?? context.host.followed(CONFIG_PATH), logs);
  const imported = await importOnce(ledger, { logs, ...options });
  if (ledger.where === LEDGER_FILE && imported.isAll) keep(stamp);
  return imported;
}

function words({ sessions, transfers, corrections, running }: Imported, fromFiles: boolean): string {
  const of = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  return [
    sessions === 0 ? 'Nothing new.' : `${of(sessions, 'session')} with ${of(transfers, 'transfer')} imported.`,
    ...(corrections > 0
      ? [`${of(corrections, 'session')} that had been there in part: what counts now is the whole.`]
      : []),
    ...(running > 0 && fromFiles
      ? [`${of(running, 'session')} without an end: name the file that comes next as well, and they are whole.`]
      : []),
  ].join(' ');
}
