import { LEDGER_SERVICE, LEDGER_TIMER, LEDGER_TIMER_NAME, renderLedgerService, wantedBy } from '../conf/systemd.ts';
import type { Templates } from '../conf/template.ts';
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

/** The timer that imports what is new. */
export function wantLedgerTimer(facts: HostFacts, templates: Templates): Wish[] {
  const link = wantedBy('timers.target', LEDGER_TIMER_NAME);
  const folder = link.slice(0, link.lastIndexOf('/'));
  const ours = [LEDGER_SERVICE, LEDGER_TIMER, link];
  const file = (at: string, content: string): Wish => ({
    kind: 'file',
    at,
    state: { owner: 'root', group: 'root', mode: '0644', content },
  });
  const sync = (at: string, way: 'in' | 'out'): Wish => ({ kind: 'sync', at, state: { way, reads: ours } });
  return [
    sync('systemd', 'out'),
    file(LEDGER_SERVICE, renderLedgerService(templates(LEDGER_SERVICE), facts.self)),
    file(LEDGER_TIMER, templates(LEDGER_TIMER)),
    ...(facts.missing.has(`directory ${folder}`) || facts.made.includes(`directory ${folder}`)
      ? [{ kind: 'directory', at: folder, state: { owner: 'root', group: 'root', mode: '0755' } } as Wish]
      : []),
    { kind: 'symlink', at: link, state: { to: LEDGER_TIMER } },
    sync(LEDGER_TIMER_NAME, 'out'),
    sync('systemd', 'in'),
    sync(LEDGER_TIMER_NAME, 'in'),
  ];
}
