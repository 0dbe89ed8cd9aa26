import type { Context } from '../context.ts';
import { accountsOf } from '../host/look.ts';
import type { Secret } from '../host/password.ts';
import { readRegister } from '../host/register.ts';
import { accessOf, dateToday, isShut } from '../plan/access.ts';
import type { Change, Plan } from '../plan/change.ts';
import type { Account, HostFacts } from '../plan/facts.ts';
import { finalLast } from '../plan/removal.ts';
import { accountOf, type WantedUser, wantAccounts } from '../plan/user.ts';
import { carryOut, planForPrograms } from './carry-out.ts';
import { newcomer, wantedUsers } from './manifest-users.ts';
import { type Preparation, type PrepareOptions, prepare } from './prepare.ts';
import { readManifest, refuseWrong } from './read-manifest.ts';
import { planRemoval } from './removal.ts';
import { withoutAccounts } from './remove-user.ts';
import { withUsers } from './wanted-users.ts';

export interface ApplyOptions extends PrepareOptions {
  format?: string;
  prune?: boolean;
}

/** Makes the accounts what a file says, all of them by one plan; the file is judged whole before that. */
export async function apply(context: Context, file: string, options: ApplyOptions): Promise<void> {
  const { host, config, say } = context;
  const manifest = await readManifest(file, options.format ?? 'manifest');
  const secrets = new Map<string, Secret>();
  const preparation = await prepare(context, options, secrets);
  await refuseWrong(context, file, manifest);
  const counts = { added: 0, changed: 0, removed: 0, unchanged: 0 };
  const { plan, done } = await carryOut(context, preparation.workshop, {
    async makePlan() {
      const before = new Map(accountsOf(config, readRegister(host)).map((account) => [account.name, account]));
      const facts = await preparation.look(
        manifest.users.map((user) => newcomer(context, user, before.get(user.name))),
      );
      const users = await wantedUsers(context, facts, before, file, manifest, secrets);
      const named = new Set<string>(users.map(({ name }) => name));
      const surplus = options.prune ? facts.accounts.filter(({ name }) => !named.has(name)) : [];
      const plan = await planFor(context, preparation, facts, users, surplus, manifest.notes);
      Object.assign(counts, countsOf(context, plan, users, surplus));
      return plan;
    },
    asks: () => true,
  });
  if (context.options.json)
    return say.result(JSON.stringify({ changed: done, accounts: counts, ...planForPrograms(plan) }));
  if (context.options.dryRun) return;
  const { added, changed, removed, unchanged } = counts;
  say.note(
    done
      ? `Accounts: ${added} added, ${changed} changed, ${removed} removed, ${unchanged} as they should be.`
      : 'Everything is as it should be; nothing was changed.',
  );
}

async function planFor(
  context: Context,
  preparation: Preparation,
  facts: HostFacts,
  users: readonly WantedUser[],
  surplus: readonly Account[],
  notes: readonly string[],
): Promise<Plan> {
  const { workshop } = preparation;
  const going = new Set(surplus.map(({ name }) => name));
  const after = withoutAccounts(withUsers(facts, users), going);
  const building = await preparation.planFor(after, wantAccounts(context.config, users), users);
  const removal = await planRemoval(context, workshop, facts, surplus, {});
  const changes = [
    ...removal.closing,
    ...building.changes,
    ...endingFor(context, users, building.changes),
    ...removal.taking,
    ...removal.final,
  ];
  const demoted = users.filter(({ name, role, isNew }) => role === 'readOnly' && !isNew && isChanged(changes, name));
  return {
    ...building,
    ...finalLast(changes, new Set(removal.final.map(({ at }) => at))),
    notes: changes.length === 0 ? [] : [...building.notes, ...notes, ...noteOn(demoted)],
  };
}

const isChanged = (changes: readonly Change[], name: string): boolean =>
  changes.some(({ kind, at }) => kind === 'account' && at === name);

const noteOn = (demoted: readonly WantedUser[]): string[] =>
  demoted.length === 0 ? [] : [`sessions that are open may still write: ${demoted.map(({ name }) => name).join(', ')}`];

/** Whoever is shut out from now on is not left inside. */
function endingFor({ host, now }: Context, users: readonly WantedUser[], changes: readonly Change[]): Change[] {
  const shut = new Set(
    changes.flatMap(({ kind, at, after }) =>
      kind === 'expiry' && after !== null && isShut(accessOf({ expires: after.day }), dateToday(now())) ? [at] : [],
    ),
  );
  const names = users.filter(({ name, isNew }) => !isNew && shut.has(name)).map(({ name }) => name);
  if (names.length === 0 || host.sysroot !== '') return [];
  return [{ kind: 'sessions', at: names.join(' '), before: null, after: { ended: true } }];
}

function countsOf({ config }: Context, { changes }: Plan, users: readonly WantedUser[], surplus: readonly Account[]) {
  const touched = new Set(changes.map(({ at }) => accountOf(config, at)));
  const added = users.filter(({ isNew }) => isNew).length;
  const changed = users.filter(({ name, isNew }) => !isNew && touched.has(name)).length;
  return { added, changed, removed: surplus.length, unchanged: users.length - added - changed };
}
