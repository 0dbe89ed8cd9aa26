import type { Context } from '../context.ts';
import { refused } from '../errors.ts';
import { fingerprintsIn, withoutKey } from '../host/keys.ts';
import { textOrNull } from '../host/read.ts';
import { sessions } from '../host/sessions.ts';
import { keysOf } from '../plan/user.ts';
import { difference, type Wish } from '../plan/wish.ts';
import { parseFingerprint, parseUserName } from '../spec.ts';
import { find, planForPrograms } from './carry-out.ts';
import { carryOutCredentials } from './credential-plan.ts';

/** Takes a key away. Sessions that it opened go on: whoever must be out at once is locked. */
export async function removeKey(context: Context, typedName: string, typedFingerprint: string): Promise<void> {
  const { host, options, say } = context;
  const name = parseUserName(typedName);
  const fingerprint = parseFingerprint(typedFingerprint);
  let left: string[] = [];
  const { plan, done } = await carryOutCredentials(context, name, new Map(), async (workshop, _, account) => {
    const text = textOrNull(host.path(keysOf(name))) ?? '';
    left = fingerprintsIn(text).filter((one) => one !== fingerprint);
    if (!fingerprintsIn(text).includes(fingerprint)) return [];
    const rest = withoutKey(text, fingerprint);
    if (rest === null && !account.hasPassword && !options.yes && !options.dryRun)
      throw refused(
        `that is the last credential of ${name}, who could not log in any more`,
        `sftpjail remove-key ${name} ${fingerprint} --yes; or give another first: sftpjail add-key ${name} FILE`,
      );
    const state = { owner: 'root', group: 'root', mode: '0644', content: rest ?? '' };
    const wishes: Wish[] = [{ kind: 'file', at: keysOf(name), state }];
    return difference(rest === null ? 'removing' : 'building', wishes, await find(workshop, wishes));
  });
  if (options.json) return say.result(JSON.stringify({ changed: done, name, keys: left, ...planForPrograms(plan) }));
  if (options.dryRun) return;
  if (!done) say.note(`${name} has no key ${fingerprint}; nothing was changed.`);
  else say.note(`${name} cannot log in with ${fingerprint} any more.`);
  say.note(left.length === 0 ? 'No key is left.' : `Left: ${left.join(', ')}`);
  if (done && (await sessions.read(host, name, null)) === null)
    say.warn(`sessions of ${name} are open and go on; to end them: sftpjail lock-user ${name}, then unlock-user`);
}
