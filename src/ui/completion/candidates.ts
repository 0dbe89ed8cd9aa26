import type { Value } from '../command-line.ts';

/** What a shell offers where a value can stand. */
export type Candidates = 'files' | 'folders' | 'users' | 'nothing' | { words: readonly string[] };

const BY_NAME: Readonly<Record<string, Candidates>> = {
  file: 'files',
  files: 'files',
  logs: 'files',
  path: 'files',
  dir: 'folders',
  name: 'users',
};

/** By the list of its choices, or else by its name in the usage. */
export const candidatesFor = ({ name, choices }: Value): Candidates =>
  choices.length > 0 ? { words: choices } : (BY_NAME[name] ?? 'nothing');

/** A shell's command that prints the names of the accounts, one a line; nothing for those who may not know. */
export const LIST_USERS = `sftpjail list-users --json 2> /dev/null | grep -o '"name":"[^"]*"' | cut -d '"' -f 4`;
