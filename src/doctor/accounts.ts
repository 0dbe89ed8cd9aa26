import type { Config } from '../config.ts';
import { lstatOrNull } from '../host/read.ts';
import type { Register } from '../host/register.ts';
import type { Role } from '../plan/facts.ts';
import { keysOf } from '../plan/user.ts';
import { shellQuote } from '../quote.ts';
import { checkOf } from './check.ts';
import { mendedByAdding, type Verdict } from './finding.ts';
import { isLeftThrowaway } from './throwaway.ts';

export interface SeenAccounts {
  config: Pick<Config, 'groups' | 'data'>;
  register: Register;
  /** Of accounts that lack a group of ours: which have a jail or keys of ours all the same. */
  isOurs(name: string): boolean;
}

export const accounts = checkOf<SeenAccounts>({
  name: 'accounts',
  about: 'each account is in the group of the files and in one role, without a shell, with a uid of its own',
  look({ host, config, register, needsLayout }) {
    needsLayout();
    const places = (name: string) => [keysOf(name), `${config.root}/${name}/${config.data}`];
    return {
      config,
      register: register(),
      isOurs: (name) => places(name).some((at) => lstatOrNull(host.path(at)) !== null),
    };
  },
  judge: judgeAccounts,
});

const ROLES: readonly Role[] = ['readOnly', 'only', 'admin'];
const SHELL = '/usr/sbin/nologin';

export function judgeAccounts({ config, register, isOurs }: SeenAccounts): Verdict[] {
  const { users, groups } = register;
  const files = groups.get(config.groups.files)?.gid;
  const rolesOf = new Map<string, Role[]>();
  const others = new Map<string, string[]>();
  const names = new Set(Object.values<string>(config.groups));
  for (const { name, members } of groups.values()) {
    const role = ROLES.find((each) => config.groups[each] === name);
    for (const member of members)
      if (role) rolesOf.set(member, [...(rolesOf.get(member) ?? []), role]);
      else if (!names.has(name)) others.set(member, [...(others.get(member) ?? []), name]);
  }
  const shared = doubleUids(register);
  return [...users.values()].flatMap((user): Verdict[] => {
    const { name, gid, uid, shell, home } = user;
    if (isLeftThrowaway(name)) return [leftOver(name)];
    const roles = rolesOf.get(name) ?? [];
    const inFiles = files !== undefined && gid === files;
    if (roles.length === 0 && !inFiles) return [];
    const [role = 'only'] = ROLES.filter((each) => roles.includes(each));
    const mended = mendedByAdding({ name, role });
    if (roles.length === 0) return [outsideOfBlocks(config, name, isOurs(name) ? mended : null)];
    if (!inFiles) return [unlogged(config, name, roles, isOurs(name) ? mended : null)];
    const wanted = role === 'admin' ? '/' : `/${config.data}`;
    const extra = others.get(name) ?? [];
    return [
      ...(roles.length > 1 ? [inTwoRoles(config, name, role, roles)] : []),
      ...(shared.has(uid) ? [sharesUid(name, uid, shared.get(uid) ?? [])] : []),
      ...(shell !== SHELL
        ? [
            {
              ...{
                severity: 'warning',
                what: `${name} has the shell ${shell || '/bin/sh'}`,
                gist: 'an account has a shell',
              },
              why: 'it would be a login of its own wherever sshd does not hold it to SFTP, at the console for instance',
              ...mended,
            } satisfies Verdict,
          ]
        : []),
      ...(home !== wanted
        ? [
            {
              ...{
                severity: 'warning',
                what: `${name} has the home ${home}, not ${wanted}`,
                gist: 'an account has another home',
              },
              why: 'the home is a path inside the jail; programs outside of it would read or remove the folder of that name on this host',
              ...mended,
            } satisfies Verdict,
          ]
        : []),
      ...(extra.length > 0
        ? [
            {
              ...{
                severity: 'warning',
                what: `${name} is in more groups than its role: ${extra.join(', ')}`,
                gist: 'an account is in more groups than its role',
              },
              why: 'its sessions have the rights of those groups too',
              ...mended,
            } satisfies Verdict,
          ]
        : []),
    ];
  });
}

type Mended = ReturnType<typeof mendedByAdding> | null;

const leftOver = (name: string): Verdict => ({
  ...{ severity: 'warning', what: `${name} is left of a "doctor --login" that was killed`, user: name },
  why: 'nobody has its key any more',
  remedy: [`sftpjail remove-user ${name} --delete-data --yes`],
});

const outsideOfBlocks = ({ groups }: SeenAccounts['config'], name: string, mended: Mended): Verdict => ({
  ...{ severity: 'error', what: `${name} is in ${groups.files} and in no role`, gist: 'an account is in no role' },
  why: 'no block of sshd holds it: with a key or password it would see the whole host, or forward ports',
  user: name,
  ...(mended ?? {
    advice: `if it is a customer: sftpjail add-user ${shellQuote(name)}; if not, take its group away: usermod --gid users ${shellQuote(name)}`,
  }),
});

function unlogged({ groups }: SeenAccounts['config'], name: string, roles: readonly Role[], mended: Mended): Verdict {
  const [role = 'only'] = roles;
  return {
    ...{
      severity: 'error',
      what: `${name} is in ${groups[role]}, and ${groups.files} is not its primary group`,
      gist: 'an account is jailed and cannot log',
    },
    why: 'its sessions reach no log socket, so nothing of them is on record; or somebody who is no customer is locked in',
    ...(mended ?? { user: name, remedy: roles.map((each) => `gpasswd --delete ${shellQuote(name)} ${groups[each]}`) }),
  };
}

const inTwoRoles = ({ groups }: SeenAccounts['config'], name: string, role: Role, roles: readonly Role[]): Verdict => ({
  ...{
    severity: 'error',
    what: `${name} is in two roles: ${roles.map((each) => groups[each]).join(', ')}`,
    gist: 'an account is in two roles',
  },
  why: `sshd takes the block that stands first, that of ${groups[role]}; the other one says something else`,
  user: name,
  remedy: roles.filter((each) => each !== role).map((each) => `gpasswd --delete ${shellQuote(name)} ${groups[each]}`),
  fixable: true,
});

const sharesUid = (name: string, uid: number, all: readonly string[]): Verdict => ({
  ...{
    severity: 'error',
    what: `${name} shares uid ${uid} with ${all.filter((other) => other !== name).join(', ')}`,
    gist: 'two accounts have one uid',
  },
  why: "each owns the other's files",
  user: name,
  advice: 'give one of them another uid and its files: usermod --uid, then chown',
});

function doubleUids({ users }: Register): Map<number, string[]> {
  const byUid = new Map<number, string>();
  const shared = new Map<number, string[]>();
  for (const { uid, name } of users.values()) {
    const first = byUid.get(uid);
    if (first === undefined) byUid.set(uid, name);
    else shared.set(uid, [...(shared.get(uid) ?? [first]), name]);
  }
  return shared;
}
