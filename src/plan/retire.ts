import type { Config } from '../config.ts';
import type { Change, States } from './change.ts';
import { jailOf, REMOVED_FOLDER } from './user.ts';

export const removedFolder = ({ root }: Config): string => `${root}/${REMOVED_FOLDER}`;

/**
 * Moves a jail to where nobody but root can reach it, uploads and all.
 *
 * @param jail the jail's folder as it stands
 * @param time when, in a form that a file name can hold
 */
export const retire = (config: Config, name: string, jail: States['directory'], time: string): Change[] => [
  { kind: 'directory', at: jailOf(config, name), before: jail, after: { owner: 'root', group: 'root', mode: '0700' } },
  {
    kind: 'retired',
    at: jailOf(config, name),
    before: null,
    after: { to: `${removedFolder(config)}/${name}.${time}` },
  },
];

/** A time as part of a file name: `20261120T190148Z`. */
export const timeForName = (time: Date): string => time.toISOString().replace(/[-:]|\.\d+/g, '');
