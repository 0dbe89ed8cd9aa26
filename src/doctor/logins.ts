import type { Directive } from '../conf/sshd.ts';
import { SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import type { Config } from '../config.ts';
import type { Account, Role } from '../plan/facts.ts';
import type { Obstacle } from '../plan/obstacle.ts';
import { judgeSshd } from '../plan/obstacles.ts';
import { shellQuote } from '../quote.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';
import type { SeenJail } from './seen-jails.ts';

export interface SeenLogins {
  groups: Config['groups'];
  directives: readonly Directive[];
  jails: readonly Pick<SeenJail, 'account' | 'keys'>[];
  /** The command that makes sshd read its configuration again. */
  reload: string;
}

export const logins = checkOf<SeenLogins>({
  name: 'logins',
  about: "nothing in sshd's configuration keeps customers out or decides before our blocks",
  async look({ config, directives, jails, reloadSshd, needsRoot }) {
    needsRoot("all of sshd's configuration");
    return { groups: config.groups, directives: directives(), jails: await jails(), reload: await reloadSshd() };
  },
  judge: judgeLogins,
});

/** Judged once for all accounts that are alike in sshd's eyes: 10,000 of them are of a few kinds. */
export function judgeLogins({ groups, directives, jails, reload }: SeenLogins): Verdict[] {
  const others = directives.filter(({ file }) => file !== SSHD_DROP_IN);
  const names = others.some(
    ({ keyword, match }) =>
      keyword === 'allowusers' || keyword === 'denyusers' || match.some(({ criteria }) => /user/i.test(criteria)),
  );
  const kinds = new Map<string, { account: Account; key: boolean; users: string[] }>();
  for (const { account, keys } of jails) {
    const key = (keys?.size ?? 0) > 0;
    const { name, role, hasPassword } = account;
    const kind = names ? name : [role, key, hasPassword].join(' ');
    const known = kinds.get(kind);
    if (known) known.users.push(name);
    else kinds.set(kind, { account, key, users: [name] });
  }
  const found = new Map<string, { obstacle: Obstacle; users: string[] }>();
  for (const { account, key, users } of kinds.values())
    for (const obstacle of judgeSshd(directives, customerOf(groups, account, key, names))) {
      const id = `${obstacle.file}:${obstacle.line} ${obstacle.wayOut}`;
      found.set(id, { obstacle, users: [...(found.get(id)?.users ?? []), ...users] });
    }
  // Before the first customer comes, what would be in the way of any.
  if (jails.length === 0) {
    const { files, only, readOnly, admin } = groups;
    const anybody = { dropIn: SSHD_DROP_IN, groups: [files, only, readOnly, admin] };
    for (const obstacle of judgeSshd(directives, anybody)) found.set(obstacle.why, { obstacle, users: [] });
  }
  return [...found.values()].map(({ obstacle, users }) => verdictOn(obstacle, users, reload));
}

const customerOf = (groups: Config['groups'], { name, role, hasPassword }: Account, key: boolean, named: boolean) => ({
  ...{ dropIn: SSHD_DROP_IN, groups: [groups.files, groups[role satisfies Role]] },
  ...(key || hasPassword ? { key, password: hasPassword } : {}),
  ...(named && { user: name }),
});

function verdictOn(obstacle: Obstacle, users: readonly string[], reload: string): Verdict {
  const { file, line, what, why, wayOut } = obstacle;
  const [user = null, ...more] = users;
  const place = `${file}:${line}: ${what === '' ? '' : `${what}: `}`;
  const concerns = more.length > 0 ? ` (and so for ${users.length} accounts)` : '';
  const command = commandFor(obstacle);
  return {
    severity: 'error',
    what: `${place}${why}${concerns}`,
    why: 'these accounts cannot log in, or are not held to what our block says (servconf.c, auth.c)',
    ...(more.length === 0 && user !== null && { user }),
    ...(command === null ? { advice: `${wayOut}; then ${reload}` } : { remedy: [command, reload] }),
  };
}

/** A way out as a command, where it is one or means exactly one. */
export function commandFor({ file, line, what, wayOut }: Obstacle): string | null {
  if (/^(sed -i|printf) /.test(wayOut)) return wayOut;
  const [, word] = /^add "([A-Za-z0-9_.-]+)" to this line$/.exec(wayOut) ?? [];
  return word === undefined || /[#"]/.test(what) ? null : `sed -i '${line}s/$/ ${word}/' ${shellQuote(file)}`;
}
