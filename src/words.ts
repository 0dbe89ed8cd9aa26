import { refreshLinks } from './commands/refresh-links.ts';
import type { Definition } from './definitions.ts';

/** A command with its options, named as in the code, and its operands. */
export interface Typed {
  definition: Pick<Definition, 'load' | 'needsRoot' | 'isAboutProgram'>;
  options: Record<string, unknown>;
  operands: readonly unknown[];
  /** Whether there is nothing to do, by a configuration that is not even read. */
  isDone?(config: string): Promise<boolean>;
}

/** Options that every command understands may stand before it too. @returns the words with the command first */
export function commandFirst(words: readonly string[]): string[] {
  let index = 0;
  while (/^(-[nyq]+|--(dry-run|yes|json|quiet|no-color|(config|sysroot)(=.*)?))$/s.test(words[index] ?? ''))
    index += /^--(config|sysroot)$/.test(words[index] ?? '') ? 2 : 1;
  const command = words[index];
  if (command === undefined || command.startsWith('-')) return [...words];
  const [before, after] = [words.slice(0, index), words.slice(index + 1)];
  const [subcommand = ''] = after;
  // `ledger import` is the command `ledger-import`, as git's are.
  if (command === 'ledger' && /^[a-z]/.test(subcommand)) return [`ledger-${subcommand}`, ...before, ...after.slice(1)];
  return [command, ...before, ...after];
}

const FLAGS: Readonly<Record<string, Record<string, boolean>>> = {
  '-n': { dryRun: true },
  '--dry-run': { dryRun: true },
  '-y': { yes: true },
  '--yes': { yes: true },
  '--json': { json: true },
  '-q': { quiet: true },
  '--quiet': { quiet: true },
  '--no-color': { color: false },
};

/** What is started by others than people, often, and mostly has little to do. */
const STARTED_OFTEN: Readonly<Record<string, Omit<Typed, 'options'>>> = {
  'refresh-links': { definition: { load: async () => refreshLinks }, operands: [] },
  'ledger-import': {
    definition: { load: async () => (await import('./commands/ledger-import.ts')).ledgerImport },
    operands: [[]],
    isDone: async (config) => (await import('./ledger/stamp.ts')).isImported(config),
  },
};

/**
 * `refresh-links` as rsyslog's post-start hook has it typed, and `ledger import` as a timer has it, read without the
 * parser: loading that takes longer than the links. Null for everything else, and for words that the parser must judge.
 */
export function typedByHook([command = '', ...rest]: readonly string[]): Typed | null {
  const started = Object.hasOwn(STARTED_OFTEN, command) ? STARTED_OFTEN[command] : undefined;
  if (started === undefined) return null;
  const options: Record<string, unknown> = {};
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const flag = Object.hasOwn(FLAGS, word) ? FLAGS[word] : undefined;
    if (flag) Object.assign(options, flag);
    else if (word === '--config' || word === '--sysroot') {
      const value = rest.shift();
      if (value === undefined || value.startsWith('-')) return null;
      options[word.slice(2)] = value;
    } else return null;
  }
  return { ...started, options };
}
