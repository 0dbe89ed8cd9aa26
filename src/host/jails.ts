import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { reasonOf, refused } from '../errors.ts';

export interface Jails {
  /** Names of the directories that may be jails, in no order of ours. */
  folders: string[];
  /** Names of symlinks that lead to something like a jail. */
  symlinks: string[];
}

/** What stands in a root beside its `dev` and what is ours (`.removed`). @throws OperatorError `refused` */
export function listJails(root: string): Jails {
  const jails: Jails = { folders: [], symlinks: [] };
  for (const entry of entriesOf(root)) {
    const { name } = entry;
    if (name === 'dev' || name.startsWith('.')) continue;
    if (entry.isDirectory()) jails.folders.push(name);
    else if (entry.isSymbolicLink() && leadsToJail(`${root}/${name}`)) jails.symlinks.push(name);
  }
  return jails;
}

/** The same of names that are known. */
export function sortOut(root: string, names: readonly string[]): Jails {
  const kindOf = (name: string) => lstatSync(`${root}/${name}`, { throwIfNoEntry: false });
  return {
    folders: names.filter((name) => kindOf(name)?.isDirectory()),
    symlinks: names.filter((name) => kindOf(name)?.isSymbolicLink() && leadsToJail(`${root}/${name}`)),
  };
}

function entriesOf(root: string): Dirent[] {
  try {
    return readdirSync(root, { withFileTypes: true });
  } catch (error) {
    throw refused(`cannot list the jails: ${reasonOf(error)}`, `ls -ld ${root}`);
  }
}

function leadsToJail(path: string): boolean {
  try {
    return statSync(`${path}/dev`).isDirectory();
  } catch {
    return false;
  }
}
