import { Command, CommanderError } from '@commander-js/extra-typings';
import type { Command as UntypedCommand } from 'commander';
import { version } from '../package.json';
import { CONFIG_PATH } from './config.ts';
import { DEFINITIONS } from './definitions.ts';
import { EXIT_STATUSES, type OperatorError, wrongUsage } from './errors.ts';
import type { CommandLine } from './ui/command-line.ts';
import { print } from './ui/say.ts';
import type { Typed } from './words.ts';

const STATUS_HELP = [
  '',
  'Exit status:',
  ...Object.values(EXIT_STATUSES).map(([status, meaning]) => `  ${String(status).padEnd(4)} ${meaning}`),
].join('\n');

/** Options that every command understands. */
const withGlobals = (command: Command) =>
  command
    .option('-n, --dry-run', 'print the plan and stop')
    .option('-y, --yes', 'ask nothing')
    .option('--json', 'print for programs')
    .option('-q, --quiet', 'print results and errors only')
    .option('--no-color', 'print without colours')
    .option('--config <file>', `the configuration (default: ${CONFIG_PATH})`)
    .option('--sysroot <dir>', 'work on an image mounted there instead of this machine')
    .addHelpText('after', STATUS_HELP);

/**
 * What was typed.
 *
 * @param words the command first
 * @returns null where help or the version was asked for, and printed
 * @throws OperatorError `usage`
 */
export function parseWords(words: readonly string[]): Typed | null {
  let typed: Typed | null = null;
  if (words[0] === 'ledger' && words.length === 1) throw wrongUsage('ledger does nothing by itself', LEDGER_HINT);
  const program = programFor(words, (found) => {
    typed = found;
  });
  for (const each of [program, ...program.commands])
    each.exitOverride().configureOutput({ writeOut: print, writeErr: () => {} });
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageError(error);
  }
  return typed;
}

const LEDGER_HINT = `use one of: ${DEFINITIONS.flatMap(({ usage }) => /^ledger-(\S+)/.exec(usage)?.[1] ?? [])
  .map((name) => `sftpjail ledger ${name}`)
  .join(', ')}`;

const usageError = ({ code, message }: CommanderError): OperatorError =>
  wrongUsage(code === 'commander.help' ? 'no command was given' : message.replace(/^error: /, ''), 'sftpjail --help');

/** `ledger-import` is typed `ledger import`; see commandFirst. */
const asTyped = (text: string): string => text.replace(/\bledger-(?=[a-z])/, 'ledger ');

/** The program, as much of it as these words may need. */
function programFor(words: readonly string[], onTyped: (typed: Typed) => void): Command {
  const program = new Command('sftpjail')
    .description('An audited SFTP server for many customers: each in a jail, every transfer on record.')
    .version(version, '-V, --version')
    .addHelpText('after', STATUS_HELP);
  const help = program.createHelp();
  program.configureHelp({
    subcommandTerm: (command) => asTyped(help.subcommandTerm(command)),
    commandUsage: (command) => asTyped(help.commandUsage(command)),
  });
  const meant = DEFINITIONS.filter(({ usage }) => usage.split(' ')[0] === words[0]);
  for (const definition of meant.length > 0 ? meant : DEFINITIONS) {
    const { usage, summary, extend } = definition;
    const command = program.command(usage).description(summary) as unknown as Command;
    extend?.(command);
    withGlobals(command).action((...args: unknown[]) => {
      const options = args.at(-2) as Record<string, unknown>;
      onTyped({ definition, options, operands: args.slice(0, -2) });
    });
  }
  return program;
}

/** Everything that can be typed, for those who describe it. */
export async function commandLine(): Promise<CommandLine> {
  const { describeProgram } = await import('./command-line.ts');
  return describeProgram(programFor([], () => {}) as unknown as UntypedCommand);
}
