import type { Context } from '../context.ts';
import { carryOut, planForPrograms } from './carry-out.ts';
import { type PrepareOptions, prepare } from './prepare.ts';

/** Prepares a host for its customers: groups, the root, sshd, rsyslog, logrotate and systemd. */
export async function init(context: Context, options: PrepareOptions): Promise<void> {
  const { say } = context;
  const preparation = await prepare(context, options);
  const { plan, done } = await carryOut(context, preparation.workshop, {
    async makePlan() {
      const facts = await preparation.look([]);
      return preparation.planFor(facts, [], facts.accounts);
    },
    asks: () => true,
  });
  if (context.options.json) say.result(JSON.stringify({ changed: done, ...planForPrograms(plan) }));
  else if (!context.options.dryRun)
    say.note(
      done
        ? 'This host is ready. Next: sftpjail add-user NAME --key FILE'
        : 'This host is ready already; nothing was changed.',
    );
}
