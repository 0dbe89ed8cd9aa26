import { mountUnitName, renderShareUnit, SHARE_UNIT, unitPath, wantedBy } from '../conf/systemd.ts';
import type { Templates } from '../conf/template.ts';
import type { Config } from '../config.ts';
import type { HostFacts } from './facts.ts';
import { jailOf, type Person } from './user.ts';
import type { Wish } from './wish.ts';

/**
 * Who wants the mounts: reached before sshd lets anybody in, no reason not to boot where one fails, and with a folder that
 * we have anyway.
 */
export const WANTING_MOUNTS = 'sockets.target';

/** A folder that several customers share, as it is seen in one jail. */
export interface Share {
  jail: string;
  share: string;
}

/** Below the root: the folders that are shared, out of every jail. */
export const SHARED_FOLDER = '.shared';
export const sharesOf = ({ root }: Config): string => `${root}/${SHARED_FOLDER}`;
export const sourceOf = (config: Config, share: string): string => `${sharesOf(config)}/${share}`;

/** Beside `data`, where all is root's: below it its customer could put something else in the place of the mount. */
export const mountPointOf = (config: Config, { jail, share }: Share): string => `${jailOf(config, jail)}/${share}`;

/** What the accounts of a host are to see in their jails. */
export const sharesIn = ({
  accounts,
  declared,
}: { accounts: readonly Person[] } & Pick<HostFacts, 'declared'>): Share[] =>
  accounts.flatMap(({ name, role }) =>
    role === 'admin' ? [] : (declared.get(name)?.shares ?? []).map((share) => ({ jail: name, share })),
  );

/**
 * The shared folders and their mounts, over reboots too. Every customer's group may write there, and only those come so
 * far in whose jail it is mounted: the folder above keeps out everybody but the administrators of files.
 */
export function wantShares(facts: HostFacts, templates: Templates, shares: readonly Share[]): Wish[] {
  if (shares.length === 0) return [];
  const { config } = facts;
  const { files, admin } = config.groups;
  const directory = (at: string, group: string, mode: string): Wish => ({
    kind: 'directory',
    at,
    state: { owner: 'root', group, mode },
  });
  const units = shares.map((share) => {
    const at = mountPointOf(config, share);
    const from = sourceOf(config, share.share);
    const name = mountUnitName(at);
    const content = renderShareUnit(templates(SHARE_UNIT), { ...share, at, from });
    return { at, from, unit: unitPath(name), link: wantedBy(WANTING_MOUNTS, name), content };
  });
  const ours = units.flatMap(({ unit, link }) => [unit, link]);
  const sync = (way: 'in' | 'out'): Wish => ({ kind: 'sync', at: 'systemd', state: { way, reads: ours } });
  const sources = [...new Set(units.map(({ from }) => from))];
  return [
    directory(sharesOf(config), admin, '0750'),
    ...sources.map((from) => directory(from, files, '2770')),
    sync('out'),
    ...units.map(
      ({ unit, content }): Wish => ({
        kind: 'file',
        at: unit,
        state: { owner: 'root', group: 'root', mode: '0644', content },
      }),
    ),
    ...units.map(({ unit, link }): Wish => ({ kind: 'symlink', at: link, state: { to: unit } })),
    sync('in'),
    ...units.map(({ at, from }): Wish => ({ kind: 'mount', at, state: { from } })),
  ];
}

/** The mounts that are there and that nobody is to see any more; a shared folder goes with the last of them, if it is empty. */
export function unwantedShares(facts: HostFacts, templates: Templates): Wish[] {
  const { config, shareMounts } = facts;
  const wanted = sharesIn(facts);
  const points = new Set(wanted.map((share) => mountPointOf(config, share)));
  const kept = new Set(
    wanted.length === 0 ? [] : [sharesOf(config), ...wanted.map(({ share }) => sourceOf(config, share))],
  );
  const surplus = shareMounts.filter((share) => !points.has(mountPointOf(config, share)));
  return wantShares(facts, templates, surplus).filter(({ at }) => !kept.has(at));
}
