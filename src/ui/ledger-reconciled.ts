import type { Difference, Reconciled } from '../ledger/reconcile.ts';
import { counted } from './quantities.ts';
import { visible } from './visible.ts';

/** Of one session; programs get them all. */
const MOST_DETAILS = 10;

export function describeReconciled({ compared, erased, pruned, inPart, differences }: Reconciled): string[] {
  const others = [
    ...(erased > 0 ? [`${counted(erased, 'session')} without what was erased of it`] : []),
    ...(pruned > 0 ? [`${counted(pruned, 'session')} pruned`] : []),
    ...(inPart > 0 ? [`${counted(inPart, 'session')} in these logs only in part`] : []),
  ];
  return [
    ...differences.flatMap(describeDifference),
    `${counted(compared, 'session')} compared, ${differences.length} differing${others.map((text) => `; ${text}`).join('')}`,
  ];
}

const KINDS = { missing: 'not in the ledger', extra: 'in the ledger, and in no log', differs: 'differs' } as const;

function describeDifference({ host, session, user, kind, details }: Difference): string[] {
  const more = details.length - MOST_DETAILS;
  return [
    `${host}, session ${session} of ${user === null ? 'nobody that is known' : visible(user)}: ${KINDS[kind]}`,
    ...details.slice(0, MOST_DETAILS).map((detail) => `  ${detail}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}
