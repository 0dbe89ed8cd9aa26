import {
  LEDGER_SERVICE,
  LEDGER_TIMER,
  LEDGER_TIMER_NAME,
  renderLedgerService,
  renderSnapshotService,
  renderSnapshotTimer,
  renderUnlockService,
  SNAPSHOT_SERVICE,
  SNAPSHOT_TIMER,
  SNAPSHOT_TIMER_NAME,
  UNLOCK_SERVICE,
  UNLOCK_TIMER,
  UNLOCK_TIMER_NAME,
  wantedBy,
} from '../conf/systemd.ts';
import type { Templates } from '../conf/template.ts';
import type { HostFacts } from './facts.ts';
import { isImportedByTimer } from './ledger.ts';
import type { Wish } from './wish.ts';

/** A timer of systemd with the service that it starts. */
interface Timer {
  isWanted: boolean;
  name: string;
  service: string;
  timer: string;
  serviceText: string;
  timerText: string;
}

const timersOf = (facts: HostFacts, templates: Templates): Timer[] => [
  {
    // Over reboots too; it is there only while a lock has a date to end on: nothing else on a host opens an account on one.
    isWanted: facts.accounts.some(({ name }) => facts.declared.get(name)?.lockedUntil !== undefined),
    ...{ name: UNLOCK_TIMER_NAME, service: UNLOCK_SERVICE, timer: UNLOCK_TIMER },
    serviceText: renderUnlockService(templates(UNLOCK_SERVICE), facts.self),
    timerText: templates(UNLOCK_TIMER),
  },
  {
    isWanted: isImportedByTimer(facts.config),
    ...{ name: LEDGER_TIMER_NAME, service: LEDGER_SERVICE, timer: LEDGER_TIMER },
    serviceText: renderLedgerService(templates(LEDGER_SERVICE), facts.self),
    timerText: templates(LEDGER_TIMER),
  },
  {
    isWanted: facts.config.ledger.enabled,
    ...{ name: SNAPSHOT_TIMER_NAME, service: SNAPSHOT_SERVICE, timer: SNAPSHOT_TIMER },
    serviceText: renderSnapshotService(templates(SNAPSHOT_SERVICE), facts.self),
    timerText: renderSnapshotTimer(templates(SNAPSHOT_TIMER), facts.config.billing.timezone),
  },
];

/** The timers that this host needs. Where the folder that they are wanted from is ours, it is made once. */
export function wantTimers(facts: HostFacts, templates: Templates): Wish[] {
  const timers = timersOf(facts, templates).filter(({ isWanted }) => isWanted);
  return timers.flatMap((timer, index) => wantTimer(timer, index === 0 ? sharedFolder(facts) : []));
}

/** Those that it does not need any more; the folder stays as long as another timer is in it. */
export function unwantedTimers(facts: HostFacts, templates: Templates): Wish[] {
  const all = timersOf(facts, templates);
  const timers = all.filter(({ isWanted }) => !isWanted);
  const isLast = timers.length === all.length;
  return timers.flatMap((timer, index) => wantTimer(timer, isLast && index === 0 ? sharedFolder(facts) : []));
}

function sharedFolder({ missing, made }: HostFacts): Wish[] {
  const folder = wantedBy('timers.target', '').slice(0, -1);
  const isOurs = missing.has(`directory ${folder}`) || made.includes(`directory ${folder}`);
  return isOurs ? [{ kind: 'directory', at: folder, state: { owner: 'root', group: 'root', mode: '0755' } }] : [];
}

function wantTimer({ name, service, timer, serviceText, timerText }: Timer, folder: readonly Wish[]): Wish[] {
  const link = wantedBy('timers.target', name);
  const reads = [service, timer, link];
  const file = (at: string, content: string): Wish => ({
    kind: 'file',
    at,
    state: { owner: 'root', group: 'root', mode: '0644', content },
  });
  const sync = (at: string, way: 'in' | 'out'): Wish => ({ kind: 'sync', at, state: { way, reads } });
  return [
    sync('systemd', 'out'),
    file(service, serviceText),
    file(timer, timerText),
    ...folder,
    { kind: 'symlink', at: link, state: { to: timer } },
    sync(name, 'out'),
    sync('systemd', 'in'),
    sync(name, 'in'),
  ];
}
