import type { Directive } from '../conf/sshd.ts';
import { shellQuote } from '../quote.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

export interface SeenCapacity {
  accounts: number;
  /** `START:RATE:FULL`. */
  maxStartups: string;
  /** What `sshd -T` says, or null where sshd knows none. */
  penalties: string | null;
  exempt: string | null;
  /** The global line that sets MaxStartups. */
  line: Pick<Directive, 'file' | 'line'> | null;
  reload: string;
}

export const capacity = checkOf<SeenCapacity>({
  name: 'capacity',
  about: 'sshd lets as many log in at once as there are customers for',
  async look({ accounts, effective, directives, reloadSshd, needsRoot }) {
    needsRoot('what sshd would do');
    const values = await effective();
    return {
      accounts: accounts().length,
      maxStartups: values.get('maxstartups')?.[0] ?? '',
      penalties: values.get('persourcepenalties')?.[0] ?? null,
      exempt: values.get('persourcepenaltyexemptlist')?.[0] ?? null,
      line: directives().find(({ keyword, match }) => keyword === 'maxstartups' && match.length === 0) ?? null,
      reload: await reloadSshd(),
    };
  },
  judge: judgeCapacity,
});

/** Of ten customers one may log in at the same moment as another: backups begin on the hour. */
const AT_ONCE = 10;

export function judgeCapacity({ accounts, maxStartups, penalties, exempt, line, reload }: SeenCapacity): Verdict[] {
  const start = Number(maxStartups.split(':')[0]);
  const wanted = Math.ceil(accounts / AT_ONCE / 10) * 10;
  const value = `MaxStartups ${wanted}:30:${Math.max(100, 2 * wanted)}`;
  const set = line
    ? `sed -i '${line.line}s/.*/${value}/' ${shellQuote(line.file)}`
    : `echo '${value}' >>/etc/ssh/sshd_config.d/40-local.conf`;
  const hasPenalties = penalties !== null && penalties !== 'no' && (exempt === null || exempt === 'none');
  return [
    ...(start * AT_ONCE < accounts
      ? [
          {
            severity: 'warning',
            what: `MaxStartups ${maxStartups} is low for ${accounts} accounts`,
            why: `while more than ${start} are about to log in, sshd drops some of them at random (sshd_config(5))`,
            remedy: [set, reload],
          } satisfies Verdict,
        ]
      : []),
    ...(hasPenalties && accounts > 100
      ? [
          {
            severity: 'note',
            what: 'PerSourcePenalties is on, and no address is exempt',
            why: 'customers behind one address, of a gateway for instance, are shut out together when one of them fails often',
            advice: 'name such addresses: PerSourcePenaltyExemptList ADDRESS/BITS',
          } satisfies Verdict,
        ]
      : []),
  ];
}
