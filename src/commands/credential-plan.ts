import type { Context } from '../context.ts';
import { lookAtHost } from '../host/look.ts';
import type { Secret } from '../host/password.ts';
import type { Change, Plan } from '../plan/change.ts';
import type { Account, HostFacts } from '../plan/facts.ts';
import { accountNamed } from './access.ts';
import { carryOut, openWorkshop, type Workshop } from './carry-out.ts';
import { judgeLayout } from './judge-layout.ts';
import { socketsOf, withoutDaemons } from './prepare.ts';

/** Plans what is to change about the credentials of an account that is there, and carries it out. */
export async function carryOutCredentials(
  context: Context,
  name: string,
  secrets: ReadonlyMap<string, Secret>,
  changesFor: (workshop: Workshop, facts: HostFacts, account: Account) => Promise<Change[]>,
): Promise<{ plan: Plan; done: boolean }> {
  const { host, config, self, typed } = context;
  let sockets: readonly string[] = [];
  const workshop = openWorkshop(context, secrets, () => sockets);
  return carryOut(context, workshop, {
    async makePlan() {
      judgeLayout(host, config);
      const facts = await lookAtHost(host, config, workshop.tools.services.kind, self);
      sockets = socketsOf(facts);
      const changes = await changesFor(workshop, facts, accountNamed(facts, name));
      return { command: typed, changes: withoutDaemons(facts.kind, changes), notes: [] };
    },
    asks: () => false,
  });
}
