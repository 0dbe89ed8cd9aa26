import type { Config } from './config.ts';
import type { Host } from './host/host.ts';
import type { Self } from './plan/facts.ts';
import type { Say } from './ui/say.ts';

/** What was said before the command's own options. */
export interface GlobalOptions {
  dryRun: boolean;
  yes: boolean;
  json: boolean;
  quiet: boolean;
  color: boolean;
  config: string;
  sysroot: string;
}

/** Everything that a command may reach. */
export interface Context {
  host: Host;
  config: Config;
  options: GlobalOptions;
  say: Say;
  now(): Date;
  self: Self;
  /** The command as it was typed, without secrets, for the journal and the lock. */
  typed: string;
}
