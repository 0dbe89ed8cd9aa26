import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config.ts';
import { reasonOf } from '../../errors.ts';
import { withLedger } from '../open.ts';
import { type ImportOptions, importAlways } from './import.ts';

/** Milliseconds until the ledger is tried again. */
const PAUSE = 10_000;

/**
 * Puts into the ledger what the logs tell, as they tell it, until the signal says to stop. What cannot be put there now
 * waits in the logs: nothing else of the daemon waits for it.
 */
export async function keepLedger(config: Config, options: ImportOptions, signal: AbortSignal): Promise<void> {
  let said = '';
  while (!signal.aborted) {
    try {
      await withLedger(config, {}, async (ledger) => {
        said = '';
        await importAlways(ledger, options, signal);
      });
    } catch (error) {
      const reason = reasonOf(error);
      // Once, and not every ten seconds for as long as a server is down.
      if (reason !== said) options.warn(reason);
      said = reason;
      await sleep(PAUSE, undefined, { signal }).catch(() => {});
    }
  }
}
