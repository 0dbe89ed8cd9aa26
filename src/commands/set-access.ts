import type { Context } from '../context.ts';
import { lookAtHost } from '../host/look.ts';
import { type Access, accessOf, dateToday } from '../plan/access.ts';
import type { Plan } from '../plan/change.ts';
import type { HostFacts } from '../plan/facts.ts';
import type { UserName } from '../spec.ts';
import { accessNow, accountNamed, planAccess } from './access.ts';
import { carryOut, openWorkshop, planForPrograms } from './carry-out.ts';
import { judgeLayout } from './judge-layout.ts';
import { socketsOf } from './prepare.ts';

/** Makes an account be logged in to, or not, and says so: what `lock-user` and `unlock-user` share. */
export async function setAccess(
  context: Context,
  name: UserName,
  wantedFrom: (access: Access) => Access,
): Promise<void> {
  const { options, say } = context;
  let before: Access | null = null;
  const { plan, done, wanted } = await carryOutAccess(context, (facts) => {
    before = accessNow(facts, accountNamed(facts, name));
    return new Map([[name, wantedFrom(before)]]);
  });
  const access = wanted.get(name) as Access;
  if (options.json) return say.result(JSON.stringify({ changed: done, name, ...access, ...planForPrograms(plan) }));
  if (options.dryRun) return;
  const lapsed = (before as Access | null)?.expires ?? null;
  say.note(`${name} is ${wordsFor(access)}${done ? '' : ' already; nothing was changed'}.`);
  if (!access.locked && lapsed !== null && lapsed !== access.expires) say.note(`It was to expire on ${lapsed} before.`);
}

function wordsFor({ locked, until, expires }: Access): string {
  if (locked) return until === null ? 'locked' : `locked until ${until}, 0:00 UTC`;
  return expires === null ? 'open' : `open until ${expires}, 0:00 UTC`;
}

/** Ends the locks that were to last until today or earlier. An account that has expired meanwhile stays shut. */
export async function unlockDue(context: Context): Promise<void> {
  const { options, say, now } = context;
  const today = dateToday(now());
  const { plan, done, wanted } = await carryOutAccess(context, ({ accounts, declared }) => {
    const entries = accounts.flatMap(({ name, expires }): [string, Access][] => {
      const until = declared.get(name)?.lockedUntil;
      const access = accessOf({ expires }, declared.get(name));
      // Somebody may have unlocked it by other means already.
      const isDue = until !== undefined && (until <= today || !access.locked);
      return isDue ? [[name, { locked: false, until: null, expires: access.expires }]] : [];
    });
    return new Map(entries);
  });
  const unlocked = [...wanted.keys()];
  if (options.json) return say.result(JSON.stringify({ changed: done, unlocked, ...planForPrograms(plan) }));
  if (!options.dryRun) say.note(done ? `Unlocked: ${unlocked.join(', ')}.` : 'No lock ends by today.');
}

async function carryOutAccess(
  context: Context,
  wantedFrom: (facts: HostFacts) => Map<string, Access>,
): Promise<{ plan: Plan; done: boolean; wanted: Map<string, Access> }> {
  const { host, config, self, typed } = context;
  let sockets: readonly string[] = [];
  let wanted = new Map<string, Access>();
  const workshop = openWorkshop(context, new Map(), () => sockets);
  const carried = await carryOut(context, workshop, {
    async makePlan() {
      judgeLayout(host, config);
      const facts = await lookAtHost(host, config, workshop.tools.services.kind, self);
      sockets = socketsOf(facts);
      wanted = wantedFrom(facts);
      return { command: typed, changes: await planAccess(context, workshop, facts, wanted), notes: [] };
    },
    asks: () => false,
  });
  return { ...carried, wanted };
}
