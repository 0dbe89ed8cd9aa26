import type { Context } from '../context.ts';
import { wrongUsage } from '../errors.ts';
import type { CommandLine } from '../ui/command-line.ts';
import { COMPLETIONS } from '../ui/completion/completion.ts';

/** Prints the script that teaches a shell what can be typed. */
export function completion({ say }: Pick<Context, 'say'>, shell: string, program: CommandLine): void {
  const render = COMPLETIONS[shell];
  if (render === undefined)
    throw wrongUsage(`"${shell}" is no shell that can be taught`, `use one of: ${Object.keys(COMPLETIONS).join(', ')}`);
  say.result(render(program).trimEnd());
}
