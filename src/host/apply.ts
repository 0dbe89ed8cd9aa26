import { OperatorError, reasonOf } from '../errors.ts';
import type { Change, Kind, Plan, States } from '../plan/change.ts';
import { satisfies } from '../plan/wish.ts';
import { MANY } from './bulk-threads.ts';
import type { Host } from './host.ts';
import type { Journal } from './journal.ts';
import { type KindOnHost, StillInUse } from './kind.ts';

export type KindsOnHost = { readonly [K in Kind]: KindOnHost<K> };

export interface Carrier {
  host: Host;
  kinds: KindsOnHost;
  /** Told of changes just before they are made or taken back. */
  onChanges(changes: readonly Change[], way: 'doing' | 'undoing'): void;
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
    await forwards(carrier, journal, lastBegun(journal));
  } catch (error) {
    throw halfway(reasonOf(error), error);
  }
  close(journal);
  return 'finished';
}

const lastBegun = ({ begun }: Journal): number => [...begun].reduce((last, index) => Math.max(last, index));

const isPastReturn = ({ plan, begun }: Journal): boolean =>
  plan.pointOfNoReturn !== undefined && [...begun].some((index) => index >= (plan.pointOfNoReturn ?? 0));

async function forwards(carrier: Carrier, journal: Journal, from: number): Promise<void> {
  const apart = openLane();
  try {
    await forwardsBeside(apart, carrier, journal, from);
  } finally {
    await apart.ended();
  }
}

async function forwardsBeside(apart: Lane, carrier: Carrier, journal: Journal, from: number): Promise<void> {
  const isFinishing = journal.begun.size > 0;
  for (const batch of batchesOf(carrier, journal.plan)) {
    const last = batch.first + batch.changes.length - 1;
    if (last < from) continue;
    const goesApart = batch.changes.length >= MANY && carrier.kinds[batch.kind].isApart === true;
    if (!goesApart && !GOES_ON.has(batch.kind)) await apart.ended();
    if (carrier.signal.aborted && !isPastReturn(journal)) throw new OperatorError('interrupted', 'interrupted');
    // Before the changes are registered: what somebody else put there meanwhile must not be taken back as ours.
    if (!isFinishing) for (const change of batch.changes) await refuseIfMoved(carrier, change);
    if (batch.kind !== 'check') journal.begin(batch.first, last);
    const acting = batch.changes.filter((change) => change.after !== null || !actsOnDaemon(change));
    if (acting.length === 0) continue;
    carrier.onChanges(acting, 'doing');
    // Past the return what others use stays, rather than stop a command that can only be finished.
    const keep = (error: unknown, change: Change) => {
      if (!(error instanceof StillInUse)) throw error;
      carrier.onKept(change, reasonOf(error));
    };
    const isLenient = isPastReturn(journal);
    const put = () => putAll(carrier, acting, 'after', isLenient ? keep : null);
    if (goesApart) apart.begin(put);
    else await put();
  }
}

/** What does not wait for what is made apart; see `isApart`. */
const GOES_ON: ReadonlySet<Kind> = new Set<Kind>(['check', 'account']);

/** Work that goes on beside other work, one piece after the other, and none after one that failed. */
interface Lane {
  begin(piece: () => Promise<void>): void;
  /** Rejects with what failed. */
  ended(): Promise<void>;
}

function openLane(): Lane {
  let last = Promise.resolve();
  return {
    begin(piece) {
      last = last.then(piece);
      // It is for `ended` to say so.
      last.catch(() => {});
    },
    ended: () => last,
  };
}

type Steps = Pick<Plan, 'changes' | 'pointOfNoReturn'>;

interface Batch {
  kind: Kind;
  /** Where it begins in its plan. */
  first: number;
  changes: Change[];
}

/**
 * A plan in the steps in which it is made: neighbours of a kind that takes many are one step, up to the point of no
 * return. The same plan has the same steps each time, because `recover` takes up one of them.
 */
function batchesOf({ kinds }: Pick<Carrier, 'kinds'>, { changes, pointOfNoReturn }: Steps): Batch[] {
  const batches: Batch[] = [];
  const places = new Set<string>();
  for (const [index, change] of changes.entries()) {
    const batch = batches.at(-1);
    const goesAlong =
      batch?.kind === change.kind &&
      kinds[change.kind].putMany !== undefined &&
      index !== pointOfNoReturn &&
      !places.has(change.at);
    if (goesAlong) batch.changes.push(change);
    else {
      batches.push({ kind: change.kind, first: index, changes: [change] });
      places.clear();
    }
    places.add(change.at);
  }
  return batches;
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
  const begun = journal.plan.changes.filter((_, index) => journal.begun.has(index)).reverse();
  for (const { changes } of batchesOf(carrier, { changes: begun })) {
    const acting = changes.filter((change) => !actsOnDaemon(change) || mustFollow(change, begun));
    if (acting.length === 0) continue;
    carrier.onChanges(acting, 'undoing');
    await putAll(carrier, acting, 'before', (error, { kind, at }) => {
      failures.push(`${kind} ${at}: ${reasonOf(error)}`);
    });
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
        kind === 'sync' &&
        after !== null &&
        (at === change.at || (change.at === 'rsyslog' && isReadBy(change, at, after))),
    ));

/** Whether rsyslog reads this socket, and not some other daemon. */
const isReadBy = ({ before }: Change<'sync'>, at: string, { reads }: States['sync']): boolean =>
  at.endsWith('.socket') && reads.some((path) => before?.reads.includes(path));

/** Somebody else may have changed the thing since the plan was made and shown. */
async function refuseIfMoved(carrier: Carrier, change: Change): Promise<void> {
  if (actsOnDaemon(change) || change.kind === 'socket') return;
  const now = await reader(carrier, change).read(carrier.host, change.at, change.after ?? change.before);
  if (satisfies(now, change.after) || JSON.stringify(now) === JSON.stringify(change.before)) return;
  throw new OperatorError('rolledBack', `${change.at} was changed by somebody else meanwhile`, 'run the command again');
}

const reader = ({ kinds }: Carrier, { kind }: Change) => kinds[kind] as KindOnHost<Kind>;

/**
 * Brings changes of one kind to one of their sides.
 *
 * @param onFailure told of what cannot be done, one by one, while the rest is done; null: the first failure is thrown
 */
async function putAll(
  carrier: Carrier,
  changes: readonly Change[],
  to: 'before' | 'after',
  onFailure: ((error: unknown, change: Change) => void) | null,
): Promise<void> {
  const [from, [first]] = [to === 'after' ? 'before' : 'after', changes] as const;
  if (first === undefined) return;
  const kind = reader(carrier, first);
  if (changes.length > 1 && kind.putMany) {
    try {
      const puts = changes.map((change) => ({ at: change.at, state: change[to], from: change[from] }));
      return await kind.putMany(carrier.host, puts as never);
    } catch (error) {
      if (onFailure === null) throw error;
    }
  }
  for (const change of changes) {
    try {
      await kind.put(carrier.host, change.at, change[to] as never, change[from] as never);
    } catch (error) {
      if (onFailure === null) throw error;
      onFailure(error, change);
    }
  }
}

const halfway = (message: string, cause: unknown) => new OperatorError('halfway', message, 'sftpjail recover', cause);

function afterUndo(error: unknown): OperatorError {
  if (!(error instanceof OperatorError)) return new OperatorError('rolledBack', reasonOf(error), undefined, error);
  const outcome = error.outcome === 'interrupted' ? 'interrupted' : 'rolledBack';
  return new OperatorError(outcome, error.message, error.hint, error);
}
