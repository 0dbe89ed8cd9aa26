import type { CommandLine, CommandWords, OptionWords } from '../command-line.ts';
import { type Candidates, candidatesFor, LIST_USERS } from './candidates.ts';

export function renderFishCompletion({ name, commands }: CommandLine): string {
  return [
    `# fish completion of ${name}: ${name} completion fish > /etc/fish/completions/${name}.fish`,
    `function __${name}_users`,
    `    ${LIST_USERS}`,
    'end',
    `complete -c ${name} -f`,
    `complete -c ${name} -n __fish_use_subcommand -l version -s V -d 'print the version'`,
    `complete -c ${name} -l help -s h -d 'print help'`,
    ...commands.flatMap((command) => [
      `complete -c ${name} -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
      ...command.options.map((option) => `${within(name, command)} ${optionWords(name, option)}`),
      ...command.operands.map((operand) => `${within(name, command)}${offered(name, candidatesFor(operand))}`),
    ]),
    '',
  ].join('\n');
}

const within = (name: string, command: CommandWords): string =>
  `complete -c ${name} -n '__fish_seen_subcommand_from ${command.name}'`;

function optionWords(name: string, { short, long, value, summary }: OptionWords): string {
  const names = `-l ${long.slice(2)}${short === null ? '' : ` -s ${short.slice(1)}`}`;
  return `${names}${value === null ? '' : ` -r${offered(name, candidatesFor(value))}`} -d ${quoted(summary)}`;
}

function offered(name: string, candidates: Candidates): string {
  if (candidates === 'files') return ' -F';
  if (candidates === 'folders') return ` -a '(__fish_complete_directories)'`;
  if (candidates === 'users') return ` -a '(__${name}_users)'`;
  return candidates === 'nothing' ? '' : ` -a ${quoted(candidates.words.join(' '))}`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
