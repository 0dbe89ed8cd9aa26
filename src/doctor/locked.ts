import type { Account } from '../plan/facts.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

export interface SeenExpiry {
  accounts: readonly Account[];
  /** Days since 1970. */
  today: number;
}

const DAY = 86_400_000;

export const locked = checkOf<SeenExpiry>({
  name: 'locked',
  about: 'which accounts are locked or have expired; that is how they are meant to be',
  look: ({ accounts, now }) => ({ accounts: accounts(), today: Math.floor(now.getTime() / DAY) }),
  judge: (seen) => judgeExpiry(seen),
});

export const judgeExpiry = ({ accounts, today }: SeenExpiry): Verdict[] =>
  accounts
    .filter(({ expires }) => expires !== null && expires >= 0 && expires <= today)
    .map(({ name, expires }): Verdict => {
      const day = new Date((expires ?? 0) * DAY).toISOString().slice(0, 10);
      const how = (expires ?? 0) <= 1 ? 'is locked' : `has expired on ${day}`;
      return {
        ...{ severity: 'note', what: `${name} ${how}`, gist: 'an account is locked or has expired', user: name },
        ...{ why: 'nobody can log in to it (shadow(5))', advice: `to open it again: chage -E -1 ${name}` },
      };
    });
