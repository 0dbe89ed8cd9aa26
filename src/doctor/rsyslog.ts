import { readFileSync } from 'node:fs';
import { OperatorError } from '../errors.ts';
import { checkRsyslog, socketsAreRead } from '../host/checks.ts';
import { syncWith } from '../host/sync.ts';
import { checkOf } from './check.ts';
import { MENDED_BY_INIT, type Verdict } from './finding.ts';
import type { Looking } from './looking.ts';

export interface SeenRsyslog {
  /** What `rsyslogd -N1` complains about. */
  complaint: string | null;
  pid: number | null;
  /** Stopped by a signal or a debugger. */
  frozen: boolean;
  /** Whether rsyslogd holds every log socket of ours. */
  readsSockets: boolean;
  sockets: readonly string[];
  /** Whether it was started after its configuration was last changed. */
  isCurrent: boolean;
  /** Whether systemd has read our units as they stand, and listens. */
  unitsAreCurrent: boolean;
}

export const rsyslog = checkOf<SeenRsyslog>({
  name: 'rsyslog',
  about: 'rsyslogd accepts its configuration, has read it, and empties every log socket',
  async look(looking) {
    looking.needsRunning();
    looking.needsRoot('what rsyslogd reads');
    const { host, tools, services } = looking;
    const [complaint, pid, current] = await Promise.all([complaintOf(looking), services.rsyslogPid(), inStep()]);
    const readsSockets = await socketsAreRead(services, tools.sockets());
    const frozen = pid !== null && isFrozen(pid);
    return { complaint, pid, frozen, readsSockets, sockets: tools.sockets(), ...current };

    async function inStep(): Promise<Pick<SeenRsyslog, 'isCurrent' | 'unitsAreCurrent'>> {
      const sync = syncWith(tools, async () => {});
      const wishes = await looking.wishes();
      const isSettled = async (at: string): Promise<boolean> => {
        for (const wish of wishes)
          if (wish.kind === 'sync' && wish.at === at && wish.state.way === 'in')
            return (await sync.read(host, at, wish.state)) !== null;
        return true;
      };
      return { isCurrent: await isSettled('rsyslog'), unitsAreCurrent: await isSettled('systemd') };
    }
  },
  judge: judgeRsyslog,
});

async function complaintOf({ host, tools }: Looking): Promise<string | null> {
  try {
    await checkRsyslog(tools, host);
    return null;
  } catch (error) {
    if (error instanceof OperatorError) return error.message;
    throw error;
  }
}

/** proc_pid_status(5): `T` stopped by a signal, `t` by a debugger. */
export function isFrozen(pid: number): boolean {
  try {
    return /^State:\s+[Tt]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const HANGS = 'once its queue is full, every session in a jail waits for ever (unix(7), max_dgram_qlen)';

export function judgeRsyslog(seen: SeenRsyslog): Verdict[] {
  const { complaint, pid, frozen, readsSockets, sockets, isCurrent, unitsAreCurrent } = seen;
  const broken: Verdict[] =
    complaint === null
      ? []
      : [
          {
            severity: 'error',
            what: complaint,
            why: 'it leaves out what it does not understand, perhaps of ours',
            advice: 'mend the file that it names; rsyslogd -N1 judges it',
          },
        ];
  const running = ((): Verdict | null => {
    if (pid === null)
      return {
        severity: 'error',
        what: 'rsyslogd does not run',
        why: 'nothing is logged, and sessions may hang',
        ...MENDED_BY_INIT,
      };
    if (frozen)
      return {
        severity: 'error',
        what: `rsyslogd is stopped (process ${pid})`,
        why: HANGS,
        remedy: [`kill -CONT ${pid}`],
      };
    if (!readsSockets)
      return { severity: 'error', what: `rsyslogd does not read ${some(sockets)}`, why: HANGS, ...MENDED_BY_INIT };
    if (!isCurrent)
      return {
        severity: 'warning',
        what: 'rsyslogd runs with an older configuration than the one on the disk',
        why: 'it reads its files only when it starts',
        ...MENDED_BY_INIT,
      };
    return null;
  })();
  const units: Verdict[] =
    unitsAreCurrent || pid === null
      ? []
      : [
          {
            severity: 'warning',
            what: 'systemd has not read our units as they stand, or does not listen for them',
            why: 'the log socket would not be there after the next restart',
            ...MENDED_BY_INIT,
          },
        ];
  return [...broken, ...(running ? [running] : []), ...units];
}

const some = ([first = '', ...more]: readonly string[]): string =>
  more.length === 0 ? first : `all of ${first} and ${more.length} more sockets`;
