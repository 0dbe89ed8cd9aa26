import { shellQuote } from '../quote.ts';

/**
 * - `error` somebody cannot work, or something is not on record, or somebody can do what they must not
 * - `warning` it will come to that, or a promise holds less than it should
 * - `note` nothing to mend by itself: how this host is
 */
export type Severity = 'error' | 'warning' | 'note';

/** Something that a check found. */
export interface Finding {
  check: string;
  severity: Severity;
  /** What is so, naming the thing. */
  what: string;
  /** The same without naming anybody: findings of one check with the same gist are told together. */
  gist: string;
  /** What comes of it, and where that is known from. */
  why: string;
  /** Commands that mend it, each a line that can be pasted; empty where only a human can decide. */
  remedy: readonly string[];
  /** What to consider, where commands alone do not say it. */
  advice: string | null;
  /** The account that it is about, where it is about one. */
  user: string | null;
  /** `--fix` mends it. */
  fixable: boolean;
}

/** A finding as a judge states it; what it leaves out is nothing. */
export type Verdict = Pick<Finding, 'severity' | 'what' | 'why'> &
  Partial<Pick<Finding, 'gist' | 'remedy' | 'advice' | 'user' | 'fixable'>>;

export const toFinding = (check: string, verdict: Verdict): Finding => ({
  ...{ check, gist: verdict.what, remedy: [], advice: null, user: null, fixable: false },
  ...verdict,
});

/** What `sftpjail init` mends, and so `--fix` does. */
export const MENDED_BY_INIT = { remedy: ['sftpjail init --yes'], fixable: true } as const;

/** What adding an account again mends, and so `--fix` does. */
export const mendedByAdding = ({ name, role }: { name: string; role: string }) => ({
  user: name,
  remedy: [`sftpjail ${role === 'admin' ? 'add-admin' : 'add-user'} ${shellQuote(name)} --yes`],
  fixable: true,
});

/** Thrown by a look that cannot see; the check then says so instead of passing. */
export class NotChecked extends Error {}
