import { OperatorError } from '../errors.ts';
import { readJournal } from '../host/journal.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

/** The command whose journal is still there; `damaged` is what is said of one that nobody can read. */
export interface SeenJournal {
  command: string | null;
  damaged: OperatorError | null;
}

export const interrupted = checkOf<SeenJournal>({
  name: 'interrupted',
  about: 'no command of ours was cut off half way',
  look({ host, needsRoot }) {
    needsRoot('the journal');
    try {
      return { command: readJournal(host)?.plan.command ?? null, damaged: null };
    } catch (error) {
      if (error instanceof OperatorError) return { command: null, damaged: error };
      throw error;
    }
  },
  judge: judgeJournal,
});

export function judgeJournal({ command, damaged }: SeenJournal): Verdict[] {
  const why = 'the host may be half way between two states, and nothing else is changed until that is settled';
  if (damaged) return [{ severity: 'error', what: damaged.message, why, advice: damaged.hint ?? null }];
  if (command === null) return [];
  return [{ severity: 'error', what: `a command was interrupted: ${command}`, why, remedy: ['sftpjail recover'] }];
}
