import type { Criterion } from '../../config.ts';
import type { LoginRecord, Session, SessionEnd } from '../../log/session.ts';

const DEATHS: ReadonlySet<SessionEnd> = new Set(['aborted', 'killed', 'timeout']);

/**
 * What a session that has ended meets, gravest first.
 *
 * @param held what was heard beside it: that sshd's own process died before it, that a request of it was refused
 */
export const criteriaOfSession = (
  { end, changes }: Session,
  held: { lostMonitor: boolean; isRefused: boolean },
): Criterion[] => [
  ...(DEATHS.has(end) || held.lostMonitor ? (['UntimelyDeath'] as const) : []),
  ...(held.isRefused || changes.some(({ action }) => action === 'refused') ? (['ModuleConfig'] as const) : []),
];

/** sshd had no time for it, or had had enough: nobody tried to log in. */
const DROPPED = /^(?:penalty: |past MaxStartups)/;
/** What our blocks forbid. */
const FORBIDDEN = /^(?:refusing |subsystem request )/;

/** What a login without a session meets. */
export function criterionOfLogin({ outcome, method, reason }: LoginRecord): Criterion | null {
  // Whoever only asks what they could log in with, as doctor does, has not failed to.
  if (outcome === 'refused' && method === null && reason === null) return null;
  if (outcome === 'refused') return DROPPED.test(reason ?? '') ? null : 'FailedLogin';
  // Let in, and without a session: nothing is wrong with it unless sshd says so.
  if (reason === null) return null;
  return FORBIDDEN.test(reason) ? 'ModuleConfig' : 'UntimelyDeath';
}
