import { fromErrno, OperatorError } from '../errors.ts';
import type { Check } from './check.ts';
import { type Finding, NotChecked, type Severity } from './finding.ts';
import type { Looking } from './looking.ts';

/** What came of some checks. */
export interface Examination {
  /** The names of those that looked. */
  checked: string[];
  /** Those that could not, and why. */
  notChecked: { check: string; why: string }[];
  findings: Finding[];
}

/** Runs checks side by side, for most of them wait for some program. What one of them cannot see stops no other. */
export async function examine(looking: Looking, checks: readonly Check[]): Promise<Examination> {
  const examination: Examination = { checked: [], notChecked: [], findings: [] };
  const found: (Finding[] | string)[] = [];
  if (looking.host.sysroot === '') found.push(...(await Promise.all(checks.map((check) => foundBy(check, looking)))));
  // The programs of an image share what has to be put there for them.
  else for (const check of checks) found.push(await foundBy(check, looking));
  for (const [index, { name }] of checks.entries()) {
    const result = found[index];
    if (typeof result === 'string') examination.notChecked.push({ check: name, why: result });
    else {
      examination.checked.push(name);
      examination.findings.push(...(result ?? []));
    }
  }
  return examination;
}

async function foundBy(check: Check, looking: Looking): Promise<Finding[] | string> {
  try {
    return await check.examine(looking);
  } catch (error) {
    if (error instanceof NotChecked || error instanceof OperatorError) return error.message;
    const known = fromErrno(error);
    if (known) return known.message;
    throw error;
  }
}

export type Counts = Record<Severity, number>;

export function countsOf(findings: readonly Finding[]): Counts {
  const counts: Counts = { error: 0, warning: 0, note: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}
