import type { Context } from '../context.ts';
import { lookAtHost } from '../host/look.ts';
import { lstatOrNull } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import type { HostFacts } from '../plan/facts.ts';
import { finalLast } from '../plan/removal.ts';
import { declaredOf, jailOf, keysOf, type Person } from '../plan/user.ts';
import { parseUserName, type UserName } from '../spec.ts';
import { carryOut, openWorkshop, planForPrograms } from './carry-out.ts';
import { refuseForeign, refuseGroupName } from './judge-account.ts';
import { judgeLayout } from './judge-layout.ts';
import { socketsOf } from './prepare.ts';
import { planRemoval, type Removal, type RemovalOptions } from './removal.ts';
import { tellServices } from './tell-services.ts';

/** Removes a customer or an administrator; what was uploaded is kept for root, unless it is to be deleted. */
export async function removeUser(context: Context, typedName: string, options: RemovalOptions): Promise<void> {
  const { host, config, say, typed } = context;
  const name = parseUserName(typedName);
  refuseGroupName(context, name);
  let sockets: readonly string[] = [];
  let aside: Removal['aside'] = new Map();
  const workshop = openWorkshop(context, new Map(), () => sockets);
  const { plan, done } = await carryOut(context, workshop, {
    async makePlan() {
      judgeLayout(host, config);
      await refuseForeign(context, name);
      const facts = await lookAtHost(host, config, workshop.tools.services.kind, context.self);
      const after = withoutAccounts(facts, new Set([name]));
      sockets = socketsOf(after);
      const people = found(context, facts, name);
      const removal = await planRemoval(context, workshop, facts, people, options);
      aside = removal.aside;
      const told = people.length === 0 ? [] : await tellServices(workshop, facts, after);
      const { changes, pointOfNoReturn } = finalLast(
        [...removal.closing, ...told, ...removal.taking, ...removal.final],
        new Set(removal.final.map(({ at }) => at)),
      );
      return { command: typed, changes, ...(pointOfNoReturn !== undefined && { pointOfNoReturn }), notes: [] };
    },
    asks: () => true,
    ...(options.deleteData && { toType: name }),
  });
  const kept = options.deleteData ? null : (aside.get(name) ?? null);
  if (context.options.json) return say.result(JSON.stringify({ changed: done, name, kept, ...planForPrograms(plan) }));
  if (context.options.dryRun) return;
  if (!done) return say.note(`There is no ${name} of ours, and nothing was changed.`);
  say.note(options.keepAccount ? `${name} has no jail any more; the account stays, locked.` : `${name} is removed.`);
  if (kept !== null) say.note(`What was uploaded is kept for root: ${kept}`);
}

/** The person of that name: an account of ours, or what is left of one. */
function found({ host, config }: Context, { accounts }: HostFacts, name: UserName): Person[] {
  const account = accounts.find((each) => each.name === name);
  if (account) return [account];
  const isThere =
    readRegister(host).users.has(name) ||
    [jailOf(config, name), keysOf(name), declaredOf(name)].some((path) => lstatOrNull(host.path(path)) !== null);
  return isThere ? [{ name, role: 'only' }] : [];
}

/** The facts as they will be, because sshd, rsyslog and systemd are told of some accounts by name. */
export function withoutAccounts(facts: HostFacts, names: ReadonlySet<string>): HostFacts {
  return {
    ...facts,
    accounts: facts.accounts.filter(({ name }) => !names.has(name)),
    declared: new Map([...facts.declared].filter(([name]) => !names.has(name))),
  };
}
