import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { version } from '../package.json';
import { CONFIG_PATH, DEFAULT_CONFIG, loadConfig } from './config.ts';
import type { Context, GlobalOptions } from './context.ts';
import { EXIT_STATUSES, fromErrno, OperatorError, reasonOf, refused, wrongUsage } from './errors.ts';
import { openHost } from './host/host.ts';
import { shellQuote } from './quote.ts';
import type { CommandLine } from './ui/command-line.ts';
import { openSay, print, printError } from './ui/say.ts';
import { commandFirst, type Typed, typedByHook } from './words.ts';

/** Everything that can be typed, for those who describe it. */
export const commandLine = async (): Promise<CommandLine> => (await import('./program.ts')).commandLine();

async function run({ definition, options, operands, isDone }: Typed, words: readonly string[]): Promise<void> {
  const { load, needsRoot = false, isAboutProgram = false } = definition;
  const { dryRun = false, yes = false, json = false, quiet = false, color = true, config, sysroot, ...own } = options;
  const globals = {
    ...{ dryRun, yes, json, quiet, color },
    config: String(config ?? CONFIG_PATH),
    sysroot: sysroot === undefined ? '' : usableSysroot(String(sysroot)),
  } as GlobalOptions;
  if (needsRoot && process.getuid?.() !== 0)
    throw refused(`only root can see what ${words[0]} shows`, `sudo sftpjail ${words.map(shellQuote).join(' ')}`);
  const host = openHost(globals.sysroot);
  const usualFile = host.followed(CONFIG_PATH);
  const configFile = config === undefined ? usualFile : resolve(globals.config);
  const isPlain = !dryRun && !json && globals.sysroot === '';
  if (isPlain && isDone !== undefined && (await isDone(configFile))) return openSay(globals).note('Nothing new.');
  const command = await load(commandLine);
  const context: Context = {
    host,
    config: isAboutProgram ? DEFAULT_CONFIG : await loadConfig(configFile, config !== undefined),
    options: globals,
    say: openSay(globals),
    now: () => new Date(),
    self: {
      node: process.execPath,
      script: realpathSync.native(process.argv[1] ?? ''),
      config: configFile === usualFile ? null : configFile,
    },
    typed: words.map(shellQuote).join(' '),
  };
  await (command as (context: Context, ...rest: unknown[]) => unknown)(context, ...operands, own);
}

function usableSysroot(folder: string): string {
  try {
    const real = realpathSync.native(folder);
    return real === '/' ? '' : real;
  } catch (error) {
    throw wrongUsage(`--sysroot: ${reasonOf(error)}`, 'give the folder where the image is mounted');
  }
}

/** Runs the command line and says what happened. @returns the exit status */
export async function main(argv: string[]): Promise<number> {
  const words = commandFirst(argv.slice(2));
  try {
    if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) print(`${version}\n`);
    else {
      const typed = typedByHook(words) ?? (await import('./program.ts')).parseWords(words);
      if (typed !== null) await run(typed, words);
    }
    return EXIT_STATUSES.done[0];
  } catch (error) {
    return explain(error, words);
  }
}

function explain(thrown: unknown, words: readonly string[]): number {
  const error = fromErrno(thrown) ?? thrown;
  if (!(error instanceof OperatorError)) {
    printError(`sftpjail: bug: ${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT_STATUSES.bug[0];
  }
  const [status] = EXIT_STATUSES[error.outcome];
  if (words.includes('--json') && error.outcome !== 'differs')
    print(`${JSON.stringify({ error: { status, message: error.message, hint: error.hint ?? null } })}\n`);
  printError(`sftpjail: error: ${error.message}\n`);
  if (error.hint) printError(`sftpjail: hint: ${error.hint}\n`);
  return status;
}
