import type { Context } from '../context.ts';
import { wrongUsage } from '../errors.ts';
import { dateToday, isShut } from '../plan/access.ts';
import { parseUserName } from '../spec.ts';
import { refusePast, type UntilOptions } from './lock-user.ts';
import { setAccess, unlockDue } from './set-access.ts';

export interface UnlockOptions extends UntilOptions {
  /** Everybody whose lock ends today, or should have ended. */
  due?: boolean;
}

/** Opens an account again, with the password and the keys that it had. */
export async function unlockUser(
  context: Context,
  typedName: string | undefined,
  { until, due = false }: UnlockOptions,
): Promise<void> {
  if ((typedName === undefined) !== due || (due && until !== undefined))
    throw wrongUsage('unlock-user takes the name of an account, or --due alone', 'sftpjail unlock-user --help');
  if (typedName === undefined) return unlockDue(context);
  const name = parseUserName(typedName);
  if (until !== undefined) refusePast(context, until);
  const today = dateToday(context.now());
  await setAccess(context, name, ({ expires }) => {
    const opened = { locked: false, until: null, expires: until ?? expires };
    // Whoever unlocks an account that has expired wants it open.
    return isShut(opened, today) ? { ...opened, expires: null } : opened;
  });
}
