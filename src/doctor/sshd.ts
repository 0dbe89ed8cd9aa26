import { sshdLevel } from '../conf/forensic.ts';
import { effectiveFor, SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import type { Config } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { checkSshd, runningSshdUsesUs, sshdAnswers } from '../host/checks.ts';
import { lstatOrNull } from '../host/read.ts';
import type { Account, Declared } from '../plan/facts.ts';
import { checkOf } from './check.ts';
import { MENDED_BY_INIT, type Verdict } from './finding.ts';
import type { Looking } from './looking.ts';

/** What sshd would do with one account, for all of its kind. */
export interface SeenKind {
  user: string;
  wanted: Readonly<Record<string, string>>;
  effective: ReadonlyMap<string, readonly string[]>;
}

export interface SeenSshd {
  /** What `sshd -t` complains about. */
  complaint: string | null;
  /** Whether somebody listens; null on an image. */
  answers: boolean | null;
  /** Whether the sshd that runs has read our drop-in as it stands on the disk; null where nobody can be asked. */
  usesUs: boolean | null;
  /** The command that starts sshd. */
  start: string | null;
  kinds: readonly SeenKind[];
}

export const sshd = checkOf<SeenSshd>({
  name: 'sshd',
  about: 'sshd accepts its configuration, has read ours, and confines each kind of account as wanted',
  async look(looking) {
    const { host, tools, services } = looking;
    looking.needsRoot('what sshd would do');
    const isImage = services.kind === 'image';
    const start = services.startSshd;
    // It comes and goes with sshd's service, and without it sshd judges nothing.
    if (!isImage && lstatOrNull('/run/sshd') === null)
      return { complaint: null, answers: false, usesUs: null, start, kinds: [] };
    const complaint = await complaintOf(looking);
    if (complaint !== null) return { complaint, answers: null, usesUs: null, start, kinds: [] };
    const canAsk = !isImage && lstatOrNull(host.path(SSHD_DROP_IN)) !== null;
    const usesUs = canAsk ? await runningSshdUsesUs(tools, host, 0) : null;
    const answers = isImage ? null : usesUs === true || (await sshdAnswers(tools, host));
    return { complaint, answers, usesUs: answers === true ? usesUs : null, start, kinds: await kindsOf(looking) };
  },
  judge: judgeSshd,
});

async function complaintOf({ host, tools }: Looking): Promise<string | null> {
  try {
    await checkSshd(tools, host);
    return null;
  } catch (error) {
    if (error instanceof OperatorError) return error.message;
    throw error;
  }
}

/** As sshd prints it, by the first of its names for it (log.c, log_levels). */
const levelName = (config: Config): string => sshdLevel(config).replace(/^DEBUG1$/, 'DEBUG');

/** One account for each role, level, facility and way to log in: sshd is asked once for all that are alike. */
async function kindsOf(looking: Looking): Promise<SeenKind[]> {
  const { config } = looking;
  const { declared } = await looking.facts();
  const samples = new Map<string, { account: Account; own: Declared }>();
  for (const account of looking.accounts()) {
    const { logLevel, facility } = declared.get(account.name) ?? {};
    const key = [account.role, account.hasPassword, logLevel, facility].join(' ');
    if (!samples.has(key))
      samples.set(key, { account, own: { ...(logLevel && { logLevel }), ...(facility && { facility }) } });
  }
  const kinds: SeenKind[] = [];
  // One after the other: on an image each makes the folder that sshd wants, and takes it away again.
  for (const { account, own } of samples.values())
    kinds.push({
      user: account.name,
      wanted: { ...effectiveFor(config, account.role, own), loglevel: levelName(config) },
      effective: await looking.effective(account.name),
    });
  return kinds;
}

export function judgeSshd({ complaint, answers, usesUs, start, kinds }: SeenSshd): Verdict[] {
  if (complaint !== null)
    return [
      {
        ...{
          severity: 'error',
          what: complaint,
          why: 'sshd would not start again, and nobody could log in: not even you',
        },
        advice: 'mend the line that it names; sshd -t judges it',
      },
    ];
  return [
    ...(answers === false
      ? [
          {
            ...{ severity: 'error', what: 'sshd does not answer', why: 'nobody can log in' },
            ...(start === null ? MENDED_BY_INIT : { remedy: [start] }),
          } satisfies Verdict,
        ]
      : []),
    ...(usesUs === false
      ? [
          {
            severity: 'error',
            what: 'the sshd that runs has not read our drop-in as it stands on the disk',
            why: 'it treats customers as it was told earlier, or does not confine them at all',
            ...MENDED_BY_INIT,
          } satisfies Verdict,
        ]
      : []),
    ...kinds.flatMap(judgeKind),
  ];
}

const judgeKind = ({ user, wanted, effective }: SeenKind): Verdict[] =>
  Object.entries(wanted).flatMap(([keyword, value]): Verdict[] => {
    const found = effective.get(keyword)?.join(' ') ?? 'none';
    if (found.toLowerCase() === value.toLowerCase()) return [];
    return [
      {
        severity: 'error',
        what: `sshd would use ${keyword} ${found} for ${user}, not ${value}`,
        why: 'another block decides before ours, or ours does not say what it should; the checks logins and files say which',
        advice: `sshd -T -C user=${user},host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22`,
      },
    ];
  });
