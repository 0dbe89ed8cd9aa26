import { setImmediate as nextTurn } from 'node:timers/promises';
import { sharedSocket } from '../conf/sockets.ts';
import type { Context } from '../context.ts';
import { OperatorError, refused } from '../errors.ts';
import { apply, type Carrier } from '../host/apply.ts';
import type { CheckTools } from '../host/checks.ts';
import { openJournal, readJournal } from '../host/journal.ts';
import { openKinds } from '../host/kinds.ts';
import { openLock } from '../host/lock.ts';
import type { Secret } from '../host/password.ts';
import { refreshLinks } from '../host/refresh.ts';
import { openServices } from '../host/services/open.ts';
import type { Change, Plan, States } from '../plan/change.ts';
import type { Found, Wish } from '../plan/wish.ts';
import { describeChanges, describePlan } from '../ui/describe-plan.ts';
import { paintFor } from '../ui/paint.ts';

/** The machine's side of a command that changes it. */
export interface Workshop extends Carrier {
  tools: CheckTools;
}

/** @param secrets passwords by account, kept out of every plan */
export function openWorkshop(
  context: Context,
  secrets: ReadonlyMap<string, Secret>,
  sockets: () => readonly string[],
): Workshop {
  const { host, config, say } = context;
  const services = openServices(host);
  const tools: CheckTools = {
    services,
    sockets,
    onUnvalidated: (program) => say.warn(`not validated: ${program} of ${host.sysroot} does not run on this machine`),
  };
  const kinds = openKinds({
    ...tools,
    secrets,
    onOccupied: (at) => say.warn(`${at} is not made: its customer put something else there`),
    async afterRsyslog() {
      if (config.log.socket === 'per-jail' || services.kind === 'systemd') return;
      const { failed } = await refreshLinks(config.root, sharedSocket(config));
      for (const { path, reason } of failed) say.warn(`${path}: ${reason}`);
    },
  });
  const onChanges = (changes: readonly Change[], way: 'doing' | 'undoing') => {
    if (context.options.quiet) return;
    for (const line of describeChanges(changes, paintFor(process.stderr, context.options.color)))
      say.note(way === 'undoing' ? `undo${line}` : line);
  };
  const onKept = ({ kind, at }: Change, reason: string) => say.warn(`${kind} ${at} stays: ${reason}`);
  return { host, tools, kinds, onChanges, onKept, signal: interruption.signal };
}

let interruption = new AbortController();

/** From here on a Ctrl-C, a lost terminal or a polite kill asks for an orderly retreat; a second one changes nothing. */
export function retreatOnSignals(): void {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort());
}

/** Whether a retreat was asked for. It counts as heard then, so that what was made for a while can be taken away. */
export function retreatWasAsked(): boolean {
  const { aborted } = interruption.signal;
  interruption = new AbortController();
  return aborted;
}

/** Looks up what stands on the host for each wish; daemons are asked all at once, and answer meanwhile. */
export async function find({ host, kinds }: Workshop, wishes: readonly Wish[]): Promise<Found> {
  const read = (wish: Wish) => kinds[wish.kind as 'file'].read(host, wish.at, wish.state as never);
  const isOfDaemon = ({ kind }: Wish) => kind === 'sync';
  const answers = Promise.all(wishes.filter(isOfDaemon).map(async (wish) => [wish, await read(wish)] as const));
  // It is for the last line to say so, unless something else fails before.
  answers.catch(() => {});
  const states = new Map<Wish, States[keyof States] | null>();
  for (const [index, wish] of wishes.entries()) {
    if (wish.kind === 'check' || isOfDaemon(wish)) continue;
    states.set(wish, await read(wish));
    // A daemon is asked by several programs, each after the other.
    if (index % SLICE === 0) await nextTurn();
  }
  for (const [wish, answer] of await answers) states.set(wish, answer);
  return (wish) => states.get(wish) ?? null;
}

const SLICE = 500;

export interface Carrying {
  /** Looks at the host and says what is to be done; runs while no other command changes anything. */
  makePlan(): Promise<Plan>;
  /** Whether the plan is worth a question before it is carried out. */
  asks(plan: Plan): boolean;
  /** What has to be typed in agreement, where a mere yes is too easily said. */
  toType?: string;
}

/**
 * The way of every command that changes the host: lock, plan, show, ask, journal, apply.
 *
 * @returns the plan, and whether it was carried out
 */
export async function carryOut(
  context: Context,
  workshop: Workshop,
  { makePlan, asks, toType }: Carrying,
): Promise<{ plan: Plan; done: boolean }> {
  const { host, options, say, typed } = context;
  if (options.dryRun) {
    const plan = await makePlan();
    if (!options.json) for (const line of shownPlan(plan, context)) say.result(line);
    return { plan, done: false };
  }
  if (process.getuid?.() !== 0) throw refused('only root can change this host', `sudo sftpjail ${typed}`);
  retreatOnSignals();
  const lock = await openLock(host, typed, workshop.signal, (holder) => say.note(`waiting for: ${holder}`));
  try {
    if (readJournal(host) !== null) {
      throw refused('an earlier command was interrupted', 'sftpjail recover');
    }
    const plan = await makePlan();
    if (plan.changes.length === 0) return { plan, done: false };
    if (!options.yes && asks(plan)) await agree(context, plan, toType);
    else for (const note of plan.notes) say.note(`note: ${note}`);
    if (workshop.signal.aborted) throw new OperatorError('interrupted', 'interrupted, nothing changed');
    await apply(workshop, openJournal(host, plan));
    return { plan, done: true };
  } finally {
    lock.close();
  }
}

const shownPlan = (plan: Plan, { options }: Context): string[] =>
  plan.changes.length === 0 ? ['Nothing to change.'] : describePlan(plan, paintFor(process.stdout, options.color));

async function agree(context: Context, plan: Plan, toType: string | undefined): Promise<void> {
  const { say, typed } = context;
  say.show(describePlan(plan, paintFor(process.stderr, context.options.color)));
  if (process.stdin.isTTY !== true)
    throw refused('this changes the host and nobody can be asked', `sftpjail ${typed} --yes`);
  const { askText, confirm } = await import('../ui/ask.ts');
  const agreed =
    toType === undefined ? await confirm('Do this?') : (await askText(`Type ${toType} to do this:`)) === toType;
  if (!agreed) throw refused('not agreed, nothing changed');
}

/** What a program reads of a carried out plan; the content of files is left to `render-config`. */
export const planForPrograms = ({ changes, notes }: Plan) => ({
  changes: changes
    .filter(({ kind }) => kind !== 'check' && kind !== 'socket')
    .map(({ kind, at, before, after }) => ({ kind, at, before: withoutContent(before), after: withoutContent(after) })),
  notes,
});

const withoutContent = (state: object | null) => {
  if (state === null) return state;
  const { content: _, unlike: __, ...rest } = state as { content?: string; unlike?: string };
  return rest;
};
