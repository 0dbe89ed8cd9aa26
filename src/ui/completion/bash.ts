import type { CommandLine, CommandWords, OptionWords } from '../command-line.ts';
import { type Candidates, candidatesFor, LIST_USERS } from './candidates.ts';

/** Needs bash 4 and nothing else; what a value can be is a word in `wants`. */
export function renderBashCompletion({ name, commands }: CommandLine): string {
  const valued = new Set(commands.flatMap(({ options }) => options.filter(({ value }) => value !== null)).map(flags));
  return `# bash completion of ${name}: ${name} completion bash > /etc/bash_completion.d/${name}
_${name}() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command='' wants options at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      ${[...valued].sort().join(' | ')}) ((at++)) ;;
      -*) ;;
      *) command=\${COMP_WORDS[at]} && break ;;
    esac
  done
  case $command in
    '')
      options='--help --version'
      wants='=${commands.map((command) => command.name).join(' ')}'
      ;;
${commands.map(commandCase).join('\n')}
    *) return ;;
  esac
  [[ $word == -* ]] && wants="=$options"
  case $wants in
    files) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
    folders) compopt -o filenames && mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    users) mapfile -t COMPREPLY < <(compgen -W "$(${LIST_USERS})" -- "$word") ;;
    =*) mapfile -t COMPREPLY < <(compgen -W "\${wants#=}" -- "$word") ;;
  esac
}
complete -F _${name} ${name}
`;
}

const flags = ({ short, long }: OptionWords): string => (short === null ? long : `${short} | ${long}`);

function commandCase({ name, options, operands }: CommandWords): string {
  const [operand] = operands.slice(-1);
  return `    ${name})
      options='${options.map(({ long }) => long).join(' ')}'
      case $before in
${options.flatMap(({ long, value }) => (value ? `        ${long}) wants=${wanted(candidatesFor(value))} ;;` : [])).join('\n')}
        *) wants=${wanted(operand ? candidatesFor(operand) : 'nothing')} ;;
      esac
      ;;`;
}

const wanted = (candidates: Candidates): string =>
  typeof candidates === 'string' ? candidates : `'=${candidates.words.join(' ')}'`;
