import { accessOf, dateToday, isShut } from '../plan/access.ts';
import type { Account } from '../plan/facts.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

export interface SeenAccess {
  accounts: readonly Account[];
  /** As `2026-12-24`. */
  today: string;
}

export const locked = checkOf<SeenAccess>({
  name: 'locked',
  about: 'which accounts are locked or have expired; that is how they are meant to be',
  look: ({ accounts, now }) => ({ accounts: accounts(), today: dateToday(now) }),
  judge: judgeAccess,
});

export function judgeAccess({ accounts, today }: SeenAccess): Verdict[] {
  return accounts.flatMap((account): Verdict[] => {
    const access = accessOf(account);
    if (!isShut(access, today)) return [];
    const { name } = account;
    return [
      {
        severity: 'note',
        what: `${name} ${access.locked ? 'is locked' : `has expired on ${access.expires}`}`,
        gist: 'an account is locked or has expired',
        why: 'nobody can log in to it (shadow(5))',
        advice: `to open it again: sftpjail unlock-user ${name}`,
        user: name,
      },
    ];
  });
}
