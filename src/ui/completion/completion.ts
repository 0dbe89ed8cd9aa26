import type { CommandLine } from '../command-line.ts';
import { renderBashCompletion } from './bash.ts';
import { renderFishCompletion } from './fish.ts';
import { renderZshCompletion } from './zsh.ts';

/** The script that teaches a shell what can be typed, by the name of the shell. */
export const COMPLETIONS: Readonly<Record<string, (program: CommandLine) => string>> = {
  bash: renderBashCompletion,
  zsh: renderZshCompletion,
  fish: renderFishCompletion,
};
