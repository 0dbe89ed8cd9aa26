import { shellQuote } from './quote.ts';

/** Every exit status with its meaning: the one table behind `--help`, the README and their test. */
export const EXIT_STATUSES = {
  done: [0, 'done'],
  bug: [1, 'a bug in sftpjail'],
  usage: [2, 'wrong usage'],
  differs: [3, 'something differs (findings of doctor, render-config --diff)'],
  refused: [4, 'refused, nothing changed'],
  rolledBack: [5, 'failed and rolled back'],
  halfway: [6, 'failed half way: run sftpjail recover'],
  interrupted: [130, 'interrupted and rolled back'],
} as const satisfies Record<string, readonly [number, string]>;

export type Outcome = keyof typeof EXIT_STATUSES;

/** What the operator should read instead of a stack trace: what failed, then a hint that can be run. */
export class OperatorError extends Error {
  readonly outcome: Outcome;
  readonly hint: string | undefined;

  constructor(outcome: Outcome, message: string, hint?: string, cause?: unknown) {
    super(message, { cause });
    this.outcome = outcome;
    this.hint = hint;
  }
}

export const wrongUsage = (message: string, hint?: string) => new OperatorError('usage', message, hint);
export const refused = (message: string, hint?: string) => new OperatorError('refused', message, hint);

/** The message of anything thrown. */
export const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** What an operator can do about a system call that this machine refused. */
const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'run it as root, with sudo',
  EPERM: 'run it as root; lsattr shows files that even root cannot change',
  ENOSPC: 'df -h; df -i',
  EDQUOT: 'quota',
  EROFS: 'findmnt --options ro',
  EIO: 'dmesg --level err',
  EMFILE: 'ulimit -n',
  ENFILE: 'sysctl fs.file-nr',
  ENOMEM: 'free -h',
  EBUSY: 'look who uses it: fuser -vm',
  EISDIR: 'look for a folder where a file should be',
  ENOTDIR: 'look for a file where a folder should be',
  ELOOP: 'look for symlinks that lead to each other',
  ENAMETOOLONG: 'use a shorter path',
};

/** The operator's words for a failed system call whose cause is the machine; null for everything else. */
export function fromErrno(thrown: unknown): OperatorError | null {
  if (!(thrown instanceof Error)) return null;
  const { code = '', path } = thrown as NodeJS.ErrnoException;
  const hint = HINTS[code];
  if (hint === undefined) return null;
  const isAboutPath = path !== undefined && hint.startsWith('look for ');
  return new OperatorError('refused', thrown.message, isAboutPath ? `namei -l ${shellQuote(path)}` : hint, thrown);
}

/** Whether a failed system call says this errno, for instance `ENOENT`. */
export const isErrno = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && (thrown as NodeJS.ErrnoException).code === code;
