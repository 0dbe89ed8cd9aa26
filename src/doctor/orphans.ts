import { KEYS_FOLDER } from '../conf/sshd-drop-in.ts';
import { sortOut } from '../host/jails.ts';
import { namesIn } from '../host/read.ts';
import { USERS_FOLDER } from '../plan/host.ts';
import { removedFolder, removedJail } from '../plan/retire.ts';
import { shellQuote } from '../quote.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

export interface SeenNames {
  root: string;
  /** Where jails of removed customers are kept. */
  removed: string;
  /** Where such a jail would go now. */
  removedJail(name: string): string;
  accounts: ReadonlySet<string>;
  /** Folders of the root. */
  jails: readonly string[];
  /** Symlinks of the root that lead to something like a jail. */
  symlinks: readonly string[];
  keys: readonly string[];
  declared: readonly string[];
}

export const orphans = checkOf<SeenNames>({
  name: 'orphans',
  about: 'no jail, keys or declaration is left of an account that is gone',
  look({ host, config, register, now }) {
    // Any account: one of ours that lost a group is told of as such.
    const accounts = new Set(register().users.keys());
    const strangers = namesIn(host.path(config.root)).filter(
      (name) => name !== 'dev' && !name.startsWith('.') && !accounts.has(name),
    );
    const { folders, symlinks } = sortOut(host.path(config.root), strangers);
    return {
      root: config.root,
      removed: removedFolder(config),
      removedJail: (name) => removedJail(config, name, now),
      accounts,
      jails: folders,
      symlinks,
      keys: namesIn(host.followed(KEYS_FOLDER)).filter((name) => !name.startsWith('.')),
      declared: namesIn(host.followed(USERS_FOLDER)).filter((name) => name.endsWith('.yaml')),
    };
  },
  judge: judgeNames,
});

export function judgeNames({
  root,
  removed,
  removedJail,
  accounts,
  jails,
  symlinks,
  keys,
  declared,
}: SeenNames): Verdict[] {
  const isGone = (name: string) => !accounts.has(name);
  const left = (at: string, gist: string): Verdict => ({
    ...{ severity: 'warning', what: `${at} belongs to no account`, gist },
    why: 'it would fall to the next account of that name; add-user refuses the name until then',
    remedy: [`rm ${shellQuote(at)}`],
  });
  return [
    ...symlinks.map(
      (name): Verdict => ({
        ...{ severity: 'error', what: `${root}/${name} is a symlink to a jail`, gist: 'a symlink leads to a jail' },
        why: "what it leads to may be somebody else's, and refresh-links does not follow it",
        advice: `look where it leads: readlink -f ${shellQuote(`${root}/${name}`)}`,
      }),
    ),
    ...jails.filter(isGone).map((name): Verdict => {
      const at = shellQuote(`${root}/${name}`);
      return {
        ...{
          severity: 'warning',
          what: `${root}/${name} is the jail of no account`,
          gist: 'a jail belongs to no account',
        },
        why: 'its files would fall to the next account that gets their uid or name',
        remedy: [`mkdir -p -m 700 ${removed} && mv -T ${at} ${shellQuote(removedJail(name))}`],
      };
    }),
    ...keys.filter(isGone).map((name) => left(`${KEYS_FOLDER}/${name}`, 'keys belong to no account')),
    ...declared
      .filter((file) => isGone(file.slice(0, -'.yaml'.length)))
      .map((file) => left(`${USERS_FOLDER}/${file}`, 'a declaration belongs to no account')),
  ];
}
