import type { Context } from '../context.ts';
import { wrongUsage } from '../errors.ts';
import { dateToday } from '../plan/access.ts';
import { parseUserName } from '../spec.ts';
import { setAccess } from './set-access.ts';

export interface UntilOptions {
  /** A date: `2026-12-24`. */
  until?: string;
}

/** Shuts an account and ends its sessions; password and keys stay as they are. */
export async function lockUser(context: Context, typedName: string, { until }: UntilOptions): Promise<void> {
  const name = parseUserName(typedName);
  if (until !== undefined) refusePast(context, until);
  await setAccess(context, name, (access) => ({ ...access, locked: true, until: until ?? null }));
}

export function refusePast({ now }: Context, until: string): void {
  const today = dateToday(now());
  if (until <= today) throw wrongUsage(`--until ${until} has passed: today is ${today} (UTC)`, 'give a later date');
}
