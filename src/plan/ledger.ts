import type { Config } from '../config.ts';
import type { HostFacts } from './facts.ts';
import { LEDGER_FILE, LEDGER_FOLDER } from './ledger-place.ts';
import { WATCH_USER } from './watch.ts';
import type { Wish } from './wish.ts';

/** The folder and the database in it, as whoever imports needs them. What is in the ledger stays, as a log does. */
export function wantLedgerFolder({ config, kind }: Pick<HostFacts, 'config' | 'kind'>): Wish[] {
  const { enabled, database } = config.ledger;
  if (!enabled || database !== 'sqlite' || kind === 'none') return [];
  const owner = config.watch.enabled ? WATCH_USER : 'root';
  return [
    { kind: 'directory', at: LEDGER_FOLDER, state: { owner, group: owner, mode: '0700' } },
    { kind: 'log', at: LEDGER_FILE, state: { owner, group: owner, mode: '0600' } },
  ];
}

/** Whether a timer imports: where the daemon runs, it does. */
export const isImportedByTimer = ({ ledger, watch }: Config): boolean => ledger.enabled && !watch.enabled;
