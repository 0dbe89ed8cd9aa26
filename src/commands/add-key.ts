import type { Context } from '../context.ts';
import { wrongUsage } from '../errors.ts';
import { withKeys } from '../host/keys.ts';
import { textOrNull } from '../host/read.ts';
import { CHECKS } from '../plan/host.ts';
import { keysOf, wantCredentials } from '../plan/user.ts';
import { difference, type Wish } from '../plan/wish.ts';
import { parseUserName } from '../spec.ts';
import { refuseUnprepared } from './access.ts';
import { find, planForPrograms } from './carry-out.ts';
import { carryOutCredentials } from './credential-plan.ts';
import { askKeys, keysIn } from './credentials.ts';

/** More keys for an account; a key that is there already gets the options and the comment that it comes with now. */
export async function addKey(context: Context, typedName: string, files: readonly string[]): Promise<void> {
  const { host, config, options, say } = context;
  const name = parseUserName(typedName);
  if (files.length === 0 && (options.yes || process.stdin.isTTY !== true))
    throw wrongUsage('no key was given', `sftpjail add-key ${name} FILE, or - for stdin`);
  if (files.filter((file) => file === '-').length > 1) throw wrongUsage('stdin can be read once', 'give - once');
  const keys = files.length === 0 ? await askKeys(context, name) : await keysIn(context, name, files);
  const { plan, done } = await carryOutCredentials(context, name, new Map(), async (workshop, facts, { role }) => {
    refuseUnprepared(context);
    const at = keysOf(name);
    const user = {
      ...{ name, role, password: null },
      declared: facts.declared.get(name) ?? {},
      keys: withKeys(textOrNull(host.path(at)), keys),
    };
    const wishes: Wish[] = [
      { kind: 'check', at: CHECKS.runningSshd, state: { reads: [at] } },
      ...wantCredentials(config, [user], () => [at]),
    ];
    return difference('building', wishes, await find(workshop, wishes));
  });
  const added = keys.map(({ fingerprint, type }) => ({ fingerprint, type }));
  if (options.json) return say.result(JSON.stringify({ changed: done, name, keys: added, ...planForPrograms(plan) }));
  if (options.dryRun) return;
  if (!done)
    return say.note(`${name} has ${keys.length === 1 ? 'that key' : 'those keys'} already; nothing was changed.`);
  for (const { fingerprint, type } of added) say.note(`${name} can log in with ${fingerprint} (${type}).`);
}
