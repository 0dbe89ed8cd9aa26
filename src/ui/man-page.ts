import { EXIT_STATUSES } from '../errors.ts';
import { ABOUT } from './about.ts';
import type { CommandLine, CommandWords, Operand, OptionWords, Value } from './command-line.ts';

/** Administrators' commands (man(1)). */
const SECTION = 8;

const FILES = [
  ['/etc/sftpjail/config.yaml', 'the configuration; every key has a default'],
  ['/etc/sftpjail/users/NAME.yaml', 'what was declared for one account beyond what the system stores'],
  ['/etc/sftpjail/keys/NAME', 'the keys that may log in'],
  ['/var/log/sftp.log', 'every session and every transfer'],
  ['/var/lib/sftpjail/journal', 'a change that is under way or was interrupted'],
] as const;

/**
 * @param date as mdoc(7) wants it, for instance `November 25, 2026`
 * @returns the pages by the names of their files: one of the program, one of each command
 */
export function renderManPages(program: CommandLine, date: string): Map<string, string> {
  const pages = [programPage(program, date), ...program.commands.map((command) => commandPage(program, command, date))];
  return new Map(pages.map(({ name, lines }) => [`${name}.${SECTION}`, `${lines.join('\n')}\n`]));
}

interface Page {
  name: string;
  lines: string[];
}

function programPage(program: CommandLine, date: string): Page {
  const { name, summary, commands } = program;
  return {
    name,
    lines: [
      ...heading(name, summary, date),
      ...['.Nm', '.Ar command', '.Op Ar options', '.Op Ar operands'],
      ...description([summary]),
      ...['The commands are:', '.Bl -tag -width Ds'],
      ...commands.flatMap((command) => [`.It Xr ${name}-${command.name} ${SECTION}`, ...sentences(command.summary)]),
      '.El',
      ...FILES_SECTION,
      ...STATUS_SECTION,
      ...seeAlso(['sshd_config 5', 'logrotate 8', 'rsyslogd 8', 'sftp-server 8']),
    ],
  };
}

function commandPage(program: CommandLine, command: CommandWords, date: string): Page {
  const name = `${program.name}-${command.name}`;
  return {
    name,
    lines: [
      ...heading(name, command.summary, date),
      ...[`.Nm ${program.name} ${command.name}`, ...command.options.map(optionInSynopsis)],
      ...command.operands.map(operandInSynopsis),
      ...description([command.summary, ...(ABOUT[command.name] ?? [])]),
      ...['The options are:', '.Bl -tag -width Ds'],
      ...command.options.flatMap((option) => [`.It ${optionWords(option)}`, ...sentences(option.summary)]),
      '.El',
      ...STATUS_SECTION,
      ...seeAlso([`${program.name} ${SECTION}`]),
    ],
  };
}

const heading = (name: string, summary: string, date: string): string[] => [
  `.Dd ${date}`,
  `.Dt ${name.toUpperCase()} ${SECTION}`,
  '.Os',
  '.Sh NAME',
  `.Nm ${name}`,
  // One line, without the full stop of a sentence: it is what apropos(1) lists.
  `.Nd ${escaped(summary.replace(/\.$/, ''))}`,
  '.Sh SYNOPSIS',
];

const description = (paragraphs: readonly string[]): string[] => [
  '.Sh DESCRIPTION',
  ...paragraphs.flatMap((paragraph, index) => [...(index > 0 ? ['.Pp'] : []), ...sentences(paragraph)]),
  '.Pp',
];

function optionInSynopsis(option: OptionWords): string {
  const { short, long, value } = option;
  return `.Op ${short === null || value !== null ? flag(long) : flag(short)}${argument(value)}`;
}

const optionWords = ({ short, long, value }: OptionWords): string =>
  `${short === null ? '' : `${flag(short)} , `}${flag(long)}${argument(value)}`;

const flag = (text: string): string => `Fl ${escaped(text.slice(1))}`;
const argument = (value: Value | null): string => (value === null ? '' : ` Ar ${escaped(value.name)}`);

const operandInSynopsis = ({ name, isRequired, isRepeated }: Operand): string =>
  `.${isRequired ? '' : 'Op '}Ar ${escaped(name)}${isRepeated ? ' ...' : ''}`;

const STATUS_SECTION: readonly string[] = [
  '.Sh EXIT STATUS',
  '.Bl -tag -width Ds',
  ...Object.values(EXIT_STATUSES).flatMap(([status, meaning]) => [`.It ${status}`, ...sentences(meaning)]),
  '.El',
];

const FILES_SECTION: readonly string[] = [
  '.Sh FILES',
  '.Bl -tag -width Ds',
  ...FILES.flatMap(([path, what]) => [`.It Pa ${path}`, ...sentences(what)]),
  '.El',
];

const seeAlso = (pages: readonly string[]): string[] => [
  '.Sh SEE ALSO',
  ...pages.map((page, index) => `.Xr ${page}${index < pages.length - 1 ? ' ,' : ''}`),
];

/** Each sentence begins a line, as mdoc wants it, with a capital, and ends with a full stop. */
function sentences(text: string): string[] {
  const whole = /[.:!?]$/.test(text) ? text : `${text}.`;
  const begun = /^[a-z]+\b(?![-_/])/.test(whole) ? `${whole[0]?.toUpperCase()}${whole.slice(1)}` : whole;
  return begun.split(/(?<=[.!?]) +(?=[A-Z])/).flatMap(wrapped);
}

/** mandoc(1) complains of lines that are longer than 80 bytes. */
function wrapped(sentence: string): string[] {
  const lines = [''];
  for (const word of sentence.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart();
    if (escaped(line).length <= 78) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.map(escaped);
}

/** roff reads a backslash, and at the beginning of a line a dot or an apostrophe; a minus is written so that it can be copied. */
function escaped(text: string): string {
  const plain = text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq');
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
