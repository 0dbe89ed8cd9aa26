import type { CommandLine, CommandWords, Operand, OptionWords, Value } from '../command-line.ts';
import { type Candidates, candidatesFor, LIST_USERS } from './candidates.ts';

export function renderZshCompletion({ name, commands }: CommandLine): string {
  return `#compdef ${name}
# zsh completion of ${name}: ${name} completion zsh > /usr/local/share/zsh/site-functions/_${name}
_${name}_users() {
  local -a users=(\${(f)"$(${LIST_USERS})"})
  compadd -a users
}
_${name}() {
  local curcontext=$curcontext state state_descr line
  local -A opt_args
  local -a commands=(
${commands.map((command) => `    ${quoted(`${command.name}:${command.summary}`)}`).join('\n')}
  )
  _arguments -C '(- *)'{-V,--version}'[print the version]' '(- *)'{-h,--help}'[print help]' ': :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $words[1] in
${commands.map((command) => commandCase(name, command)).join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function commandCase(program: string, { name, options, operands }: CommandWords): string {
  const specs = [
    ...options.map((option) => optionSpec(program, option)),
    ...operands.map((operand) => operandSpec(program, operand)),
  ];
  return `        ${name})\n          _arguments -s \\\n${specs.map((spec) => `            ${spec}`).join(' \\\n')}\n          ;;`;
}

function optionSpec(program: string, { short, long, value, summary }: OptionWords): string {
  const rest = `[${escaped(summary)}]${value === null ? '' : valueSpec(program, value)}`;
  return short === null ? quoted(`*${long}${rest}`) : `'(${short} ${long})'{${short},${long}}${quoted(rest)}`;
}

const operandSpec = (program: string, operand: Operand): string =>
  quoted(
    `${operand.isRepeated ? '*' : ''}${operand.isRequired || operand.isRepeated ? '' : ':'}${valueSpec(program, operand)}`,
  );

const valueSpec = (program: string, value: Value): string =>
  `:${escaped(value.name)}:${action(program, candidatesFor(value))}`;

function action(program: string, candidates: Candidates): string {
  if (candidates === 'files') return '_files';
  if (candidates === 'folders') return '_files -/';
  if (candidates === 'users') return `_${program}_users`;
  return candidates === 'nothing' ? ' ' : `(${candidates.words.join(' ')})`;
}

/** A colon and brackets mean something inside the words that _arguments reads. */
const escaped = (text: string): string => text.replace(/[\\:[\]]/g, '\\$&');
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
