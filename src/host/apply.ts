import { OperatorError, reasonOf } from '../errors.ts';
import type { Change, Kind, States } from '../plan/change.ts';
import { satisfies } from '../plan/wish.ts';
import type { Host } from './host.ts';
import type { Journal } from './journal.ts';
import { type KindOnHost, StillInUse } from './kind.ts';

export type KindsOnHost = { readonly [K in Kind]: KindOnHost<K> };

export interface Carrier {
  host: Host;
  kinds: KindsOnHost;
  /** Told of each change just before it is made or taken back. */
  onChange(change: Change, way: 'doing' | 'undoing'): void;
  /** Told of what stays because somebody else uses it. */
  onKept(change: Change, reason: string): void;
  /** Aborted when the operator interrupts. */
  signal: AbortSignal;
}

/**
 * Makes a plan's changes in order. A failure undoes what was begun, newest first, until the plan's point of no return;
 * from there on it can only be finished.
 *
 * @throws OperatorError `rolledBack` or `interrupted` when the host is as it was, `halfway` when it is not
 */
export async function apply(carrier: Carrier, journal: Journal): Promise<void> {
  try {
    await forwards(carrier, journal, 0);
  } catch (error) {
    if (isPastReturn(journal)) throw halfway(`${reasonOf(error)}; this command can only be finished`, error);
    await undo(carrier, journal, error);
    throw afterUndo(error);
  }
  close(journal);
}

/** Finishes or undoes what an interrupted command began; one that had nothing left to do is finished. */
export async function recover(carrier: Carrier, journal: Journal): Promise<'finished' | 'undone'> {
  if (await isComplete(carrier, journal)) {
    close(journal);
    return 'finished';
  }
  if (!isPastReturn(journal)) {
    await undo(carrier, journal, new Error('it was interrupted'));
    return 'undone';
  }
  try {
    await forwards(carrier, journal, Math.max(...journal.begun));
  } catch (error) {
    throw halfway(reasonOf(error), error);
  }
  close(journal);
  return 'finished';
}

const isPastReturn = ({ plan, begun }: Journal): boolean =>
  plan.pointOfNoReturn !== undefined && [...begun].some((index) => index >= (plan.pointOfNoReturn ?? 0));

async function forwards(carrier: Carrier, journal: Journal, from: number): Promise<void> {
  const isFinishing = journal.begun.size > 0;
  for (const [index, change] of journal.plan.changes.entries()) {
    if (index < from) continue;
    if (carrier.signal.aborted && !isPastReturn(journal)) throw new OperatorError('interrupted', 'interrupted');
    // Before the change is registered: what somebody else put there meanwhile must not be taken back as ours.
    if (!isFinishing) await refuseIfMoved(carrier, change);
    if (change.kind !== 'check') journal.begin(index);
    if (change.after === null && actsOnDaemon(change)) continue;
    carrier.onChange(change, 'doing');
    try {
      await put(carrier, change, change.after, change.before);
    } catch (error) {
      // Rather than stop a command that can only be finished.
      if (!(isPastReturn(journal) && error instanceof StillInUse)) throw error;
      carrier.onKept(change, reasonOf(error));
    }
  }
}

/** Whether a command was interrupted after its last change: its customer may be at work already. */
async function isComplete(carrier: Carrier, { plan, begun }: Journal): Promise<boolean> {
  for (const [index, change] of plan.changes.entries()) {
    if (change.kind === 'check') continue;
    if (!begun.has(index)) return false;
    if (change.after === null && change.kind === 'sync') continue;
    const now = await reader(carrier, change).read(carrier.host, change.at, change.after ?? change.before);
    if (!satisfies(now, change.after)) return false;
  }
  return true;
}

async function undo(carrier: Carrier, journal: Journal, cause: unknown): Promise<void> {
  const failures: string[] = [];
  const begun = [...journal.begun]
    .sort((one, other) => other - one)
    .map((index) => journal.plan.changes[index] as Change);
  for (const change of begun) {
    if (actsOnDaemon(change) && !mustFollow(change, begun)) continue;
    carrier.onChange(change, 'undoing');
    try {
      await put(carrier, change, change.before, change.after);
    } catch (error) {
      failures.push(`${change.kind} ${change.at}: ${reasonOf(error)}`);
    }
  }
  if (failures.length > 0)
    throw halfway([reasonOf(cause), ...failures.map((failure) => `could not undo ${failure}`)].join('\n'), cause);
  close(journal);
}

function close(journal: Journal): void {
  try {
    journal.remove();
  } catch (error) {
    throw halfway(`the journal cannot be removed: ${reasonOf(error)}`, error);
  }
}

const actsOnDaemon = ({ kind }: Change): boolean => kind === 'sync' || kind === 'check';

/** On the way back a daemon is touched only when it may have read what is gone now. Reading units again costs nothing. */
const mustFollow = (change: Change, begun: readonly Change[]): boolean =>
  change.kind === 'sync' &&
  change.before !== null &&
  (change.at === 'systemd' ||
    /\.(socket|timer)$/.test(change.at) ||
    begun.some(
      ({ kind, at, after }) =>
        // A socket that was let go of comes back with the rsyslog that reads it, and not by itself.
        kind === 'sync' && after !== null && (at === change.at || (change.at === 'rsyslog' && at.endsWith('.socket'))),
    ));

/** Somebody else may have changed the thing since the plan was made and shown. */
async function refuseIfMoved(carrier: Carrier, change: Change): Promise<void> {
  if (actsOnDaemon(change) || change.kind === 'socket') return;
  const now = await reader(carrier, change).read(carrier.host, change.at, change.after ?? change.before);
  if (satisfies(now, change.after) || JSON.stringify(now) === JSON.stringify(change.before)) return;
  throw new OperatorError('rolledBack', `${change.at} was changed by somebody else meanwhile`, 'run the command again');
}

const reader = ({ kinds }: Carrier, { kind }: Change) => kinds[kind] as KindOnHost<Kind>;

const put = async (carrier: Carrier, change: Change, state: States[Kind] | null, from: States[Kind] | null) =>
  (carrier.kinds[change.kind] as KindOnHost<Kind>).put(carrier.host, change.at, state as never, from as never);

const halfway = (message: string, cause: unknown) => new OperatorError('halfway', message, 'sftpjail recover', cause);

function afterUndo(error: unknown): OperatorError {
  if (!(error instanceof OperatorError)) return new OperatorError('rolledBack', reasonOf(error), undefined, error);
  const outcome = error.outcome === 'interrupted' ? 'interrupted' : 'rolledBack';
  return new OperatorError(outcome, error.message, error.hint, error);
}
