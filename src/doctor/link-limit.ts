import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

export interface SeenCount {
  perJail: boolean;
  /** Names of the shared socket; null where there is none. */
  links: number | null;
  jails: number;
}

const MOST = 60_000;

export const linkLimit = checkOf<SeenCount>({
  name: 'link-limit',
  about: 'the log socket has room for more links',
  look: ({ config, shared, accounts }) => ({
    perJail: config.log.socket === 'per-jail',
    links: shared()?.nlink ?? null,
    jails: accounts().length,
  }),
  judge: judgeCount,
});

export function judgeCount({ perJail, links, jails }: SeenCount): Verdict[] {
  const count = Math.max(links ?? 0, jails);
  if (perJail || count <= MOST) return [];
  return [
    {
      severity: 'warning',
      what: `the log socket has ${count} names`,
      why: 'ext4 allows 65,000 links of one inode: the jails after that could not log (link(2), EMLINK)',
      advice:
        'set "log.socket: per-jail" in the configuration, then: sftpjail init; or remove what else links it: find / -xdev -samefile /sftp-root/dev/log',
    },
  ];
}
