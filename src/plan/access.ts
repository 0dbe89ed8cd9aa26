import type { Account, Declared } from './facts.ts';

/**
 * The expiry day of a locked account. Not 0, which shadow(5) lets each reader take for "never"; whoever locked an account
 * with that day is believed all the same.
 */
export const LOCKED_DAY = 1;

/** When somebody may log in to an account. Dates are those of UTC, as shadow(5) counts days: `2026-12-24`. */
export interface Access {
  locked: boolean;
  /** The date on which the lock ends by itself. */
  until: string | null;
  /** The date from which on nobody logs in any more; a lock keeps it for the time after. */
  expires: string | null;
}

const DAY = 86_400_000;
const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY;
const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
export const dateToday = (now: Date): string => now.toISOString().slice(0, 10);

/** @param day the expiry day in shadow, null or negative for none */
const isLockedDay = (day: number | null): boolean => day !== null && day >= 0 && day <= LOCKED_DAY;

export function accessOf({ expires: day }: Pick<Account, 'expires'>, declared: Declared = {}): Access {
  if (isLockedDay(day)) return { locked: true, until: declared.lockedUntil ?? null, expires: declared.expires ?? null };
  return { locked: false, until: null, expires: day === null || day < 0 ? null : dateOf(day) };
}

/** Whether the account refuses every login today. */
export const isShut = ({ locked, expires }: Access, today: string): boolean =>
  locked || (expires !== null && expires <= today);

/** What shadow has to say. */
export const expiryFor = ({ locked, expires }: Access): { day: number | null } => ({
  day: locked ? LOCKED_DAY : expires === null ? null : dayOf(expires),
});

/** What was declared, with what shadow has no room for while the account is locked. */
export function declaredWith({ lockedUntil: _, expires: __, ...others }: Declared, access: Access): Declared {
  if (!access.locked) return others;
  return {
    ...others,
    ...(access.expires !== null && { expires: access.expires }),
    ...(access.until !== null && { lockedUntil: access.until }),
  };
}
