import { Command } from '@commander-js/extra-typings';
import type { Command as UntypedCommand } from 'commander';
import { version } from '../package.json';
import { CONFIG_PATH } from './config.ts';
import { DEFINITIONS, type Definition } from './definitions.ts';
import { EXIT_STATUSES } from './errors.ts';
import type { CommandLine } from './ui/command-line.ts';

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

/** Is told which command was typed, with its options and operands. */
type OnRun = (definition: Definition, options: Record<string, unknown>, operands: unknown[]) => void;

/** The program, as much of it as these words may need: refresh-links runs in rsyslog's start and must be quick. */
export function programFor(words: readonly string[], onRun: OnRun): Command {
  const program = new Command('sftpjail')
    .description('An audited SFTP server for many customers: each in a jail, every transfer on record.')
    .version(version, '-V, --version')
    .addHelpText('after', STATUS_HELP);
  const meant = DEFINITIONS.filter(({ usage }) => usage.split(' ')[0] === words[0]);
  for (const definition of meant.length > 0 ? meant : DEFINITIONS) {
    const { usage, summary, extend } = definition;
    const command = program.command(usage).description(summary) as unknown as Command;
    extend?.(command);
    withGlobals(command).action((...args: unknown[]) => {
      onRun(definition, args.at(-2) as Record<string, unknown>, args.slice(0, -2));
    });
  }
  return program;
}

/** Everything that can be typed, for those who describe it. */
export async function commandLine(): Promise<CommandLine> {
  const { describeProgram } = await import('./command-line.ts');
  return describeProgram(programFor([], () => {}) as unknown as UntypedCommand);
}

/** Options that every command understands may stand before it too. @returns the words with the command first */
export function commandFirst(words: readonly string[]): string[] {
  let index = 0;
  while (/^(-[nyq]+|--(dry-run|yes|json|quiet|no-color|(config|sysroot)(=.*)?))$/s.test(words[index] ?? ''))
    index += /^--(config|sysroot)$/.test(words[index] ?? '') ? 2 : 1;
  const command = words[index];
  if (command === undefined || command.startsWith('-')) return [...words];
  return [command, ...words.slice(0, index), ...words.slice(index + 1)];
}
