import type { Criterion } from '../../config.ts';
import type { LoginRecord, Session, SessionEnd } from '../../log/session.ts';

const DEATHS: ReadonlySet<SessionEnd> = new Set(['aborted', 'killed', 'timeout']);

/** What a session that has ended meets, gravest first. @param lostMonitor whether sshd's own process died before it */
export const criteriaOfSession = ({ end, changes }: Session, lostMonitor: boolean): Criterion[] => [
  ...(DEATHS.has(end) || lostMonitor ? (['UntimelyDeath'] as const) : []),
  ...(changes.some(({ action }) => action === 'refused') ? (['ModuleConfig'] as const) : []),
];

/** sshd had no time for it, or had had enough: nobody tried to log in. */
const DROPPED = /^(?:penalty: |past MaxStartups)/;
/** What our blocks forbid. */
const FORBIDDEN = /^(?:refusing |subsystem request )/;

/** What a login without a session meets. */
export function criterionOfLogin({ outcome, reason }: LoginRecord): Criterion | null {
  if (outcome === 'refused') return DROPPED.test(reason ?? '') ? null : 'FailedLogin';
  // Let in, and without a session: nothing is wrong with it unless sshd says so.
  if (reason === null) return null;
  return FORBIDDEN.test(reason) ? 'ModuleConfig' : 'UntimelyDeath';
}
