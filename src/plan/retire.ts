import type { Config } from '../config.ts';
import type { Change, States } from './change.ts';
import { jailOf, REMOVED_FOLDER } from './user.ts';

export const removedFolder = ({ root }: Config): string => `${root}/${REMOVED_FOLDER}`;

/** Where removed jails wait: root's alone. */
export const REMOVED_STATE = { owner: 'root', group: 'root', mode: '0700' } as const;

/** Where the jail of somebody who is removed now goes. */
export const removedJail = (config: Config, name: string, time: Date): string =>
  `${removedFolder(config)}/${name}.${timeForName(time)}`;

/**
 * Moves jails to where nobody but root can reach them, uploads and all, in place of the removal of their folders.
 *
 * @param changes that take accounts' jails away
 * @param aside by name, where a jail goes
 */
export function retire(config: Config, changes: readonly Change[], aside: ReadonlyMap<string, string>): Change[] {
  const jails = new Map([...aside].map(([name, to]) => [jailOf(config, name), to]));
  const stays = new Set([...jails.keys()].map((jail) => `${jail}/${config.data}`));
  return changes.flatMap((change): Change[] => {
    if (change.kind !== 'directory' || change.after !== null || change.before === null) return [change];
    if (stays.has(change.at)) return [];
    const to = jails.get(change.at);
    return to === undefined ? [change] : moveAside(change.at, change.before, to);
  });
}

const moveAside = (at: string, before: States['directory'], to: string): Change[] => [
  { kind: 'directory', at, before, after: REMOVED_STATE },
  { kind: 'retired', at, before: null, after: { to } },
];

/** A time as part of a file name: `20261120T190148Z`. */
const timeForName = (time: Date): string => time.toISOString().replace(/[-:]|\.\d+/g, '');
