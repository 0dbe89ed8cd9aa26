import type { Argument, Command, Option } from 'commander';
import type { CommandLine, CommandWords, Operand, OptionWords } from './ui/command-line.ts';

/** The program as values, told from the very objects that parse the command line. */
export function describeProgram(program: Command): CommandLine {
  return {
    name: program.name(),
    summary: program.description(),
    commands: program.commands.map(describeCommand),
  };
}

function describeCommand(command: Command): CommandWords {
  const help: OptionWords = { short: '-h', long: '--help', value: null, summary: 'print help and stop' };
  return {
    name: command.name(),
    summary: command.description(),
    operands: command.registeredArguments.map(describeOperand),
    options: [...command.options.map(describeOption), help],
  };
}

const describeOperand = (operand: Argument): Operand => ({
  name: operand.name(),
  choices: operand.argChoices ?? [],
  isRequired: operand.required,
  isRepeated: operand.variadic,
});

function describeOption({ short, long, flags, argChoices, description }: Option): OptionWords {
  const [, name] = /<(.+)>/.exec(flags) ?? [];
  return {
    short: short ?? null,
    long: long ?? '',
    value: name === undefined ? null : { name, choices: argChoices ?? [] },
    summary: description,
  };
}
