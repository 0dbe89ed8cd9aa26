import type { Context } from '../context.ts';
import type { Finding } from '../doctor/finding.ts';
import { textOrNull } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import type { Account, HostFacts, Role } from '../plan/facts.ts';
import { keysOf, type WantedUser, wantAccounts } from '../plan/user.ts';
import { parseUserName } from '../spec.ts';
import { carryOut } from './carry-out.ts';
import { prepare } from './prepare.ts';

/**
 * Mends what `init` and adding an account again would mend, as one plan.
 *
 * @returns whether anything was changed
 */
export async function mend(context: Context, findings: readonly Finding[]): Promise<boolean> {
  const { say, config, options } = context;
  const fixable = findings.filter((finding) => finding.fixable);
  if (fixable.length === 0) {
    say.note('Nothing can be mended without you.');
    return false;
  }
  const names = new Set(fixable.flatMap(({ user }) => user ?? []));
  const preparation = await prepare(context, {});
  const { done } = await carryOut(context, preparation.workshop, {
    async makePlan() {
      const facts = withDamaged(context, await preparation.look([]), names);
      const users = facts.accounts.flatMap((account) =>
        names.has(account.name) ? wanted(context, facts, account) : [],
      );
      return preparation.planFor(facts, wantAccounts(config, users), facts.accounts);
    },
    asks: () => true,
  });
  if (done && !options.json) say.note('Mended.');
  return done;
}

const ROLES: readonly Role[] = ['readOnly', 'only', 'admin'];

/** Accounts that lost a group are none of ours in the eyes of others, and are to be again. */
function withDamaged({ host, config }: Context, facts: HostFacts, names: ReadonlySet<string>): HostFacts {
  const { users, groups, shadow } = readRegister(host);
  const known = new Set(facts.accounts.map(({ name }) => name));
  const damaged = [...names].flatMap((name): Account[] => {
    const user = users.get(name);
    if (user === undefined || known.has(name)) return [];
    const role = ROLES.find((each) => groups.get(config.groups[each])?.members.includes(name)) ?? 'only';
    const { hasPassword = false, expires = null } = shadow.get(name) ?? {};
    return [{ name, uid: user.uid, role, hasPassword, expires, comment: user.comment }];
  });
  return { ...facts, accounts: [...facts.accounts, ...damaged] };
}

/** An account as it is, made whole. */
function wanted({ host }: Context, { declared }: HostFacts, { name, role, uid, comment }: Account): WantedUser {
  return {
    ...{ name: parseUserName(name), role, uid, comment, declared: declared.get(name) ?? {}, declaredText: null },
    ...{ isNew: false, password: null, expiry: null },
    keys: textOrNull(host.path(keysOf(name))) || null,
  };
}
