import type { Context } from '../context.ts';
import { digestOfPassword } from '../host/password.ts';
import type { Change } from '../plan/change.ts';
import { CHECKS } from '../plan/host.ts';
import { type Holder, wantCredentials } from '../plan/user.ts';
import { difference, type Wish } from '../plan/wish.ts';
import { parseUserName } from '../spec.ts';
import { refuseUnprepared } from './access.ts';
import { find, planForPrograms } from './carry-out.ts';
import { carryOutCredentials } from './credential-plan.ts';
import { type CredentialOptions, collectPassword } from './credentials.ts';
import { tellServices } from './tell-services.ts';

/** Sets a password, or replaces the one that there was. */
export async function setPassword(context: Context, typedName: string, asked: CredentialOptions): Promise<void> {
  const { host, config, options, say } = context;
  const name = parseUserName(typedName);
  const password = await collectPassword(asked);
  const { plan, done } = await carryOutCredentials(
    context,
    name,
    new Map([[name, password]]),
    async (workshop, facts, account) => {
      refuseUnprepared(context);
      const { role, hasPassword } = account;
      const accounts = facts.accounts.map((each) => (each === account ? { ...each, hasPassword: true } : each));
      const user: Holder = {
        ...{ name, role, declared: facts.declared.get(name) ?? {}, keys: null },
        password: hasPassword ? null : { set: true },
      };
      const wishes: Wish[] = [
        { kind: 'check', at: CHECKS.runningSshd, state: { reads: [] } },
        ...wantCredentials(config, [user], () => []),
      ];
      return [
        ...(await tellServices(workshop, facts, { ...facts, accounts })),
        ...difference('building', wishes, await find(workshop, wishes)),
        // Last, and nothing after it can fail: the one before cannot be had back.
        ...(hasPassword ? [replacing(name, digestOfPassword(host, name))] : []),
      ];
    },
  );
  const told = done && asked.generatePassword ? password : null;
  if (options.json)
    return say.result(
      JSON.stringify({ changed: done, name, ...(told !== null && { password: told }), ...planForPrograms(plan) }),
    );
  if (options.dryRun) return;
  say.note(`${name} has a new password.`);
  if (told !== null) say.result(`password:     ${told}   (shown this once)`);
}

const replacing = (at: string, unlike: string): Change => ({
  kind: 'password',
  at,
  before: { set: true },
  after: { set: true, unlike },
});
