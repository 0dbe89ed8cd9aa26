import type { Config } from '../config.ts';
import type { Context } from '../context.ts';
import { refused } from '../errors.ts';
import { expiry, readAccount } from '../host/account.ts';
import type { Host } from '../host/host.ts';
import { namedMounts } from '../host/mounts.ts';
import { lstatOrNull, namesIn } from '../host/read.ts';
import { readRegister } from '../host/register.ts';
import { sessions } from '../host/sessions.ts';
import { accessOf, expiryFor } from '../plan/access.ts';
import type { AccountState, Change } from '../plan/change.ts';
import type { HostFacts } from '../plan/facts.ts';
import { keepOccupied } from '../plan/removal.ts';
import { REMOVED_STATE, removedFolder, removedJail, retire } from '../plan/retire.ts';
import { mountPointOf } from '../plan/shares.ts';
import { jailOf, ownedBy, type Person, wantLink } from '../plan/user.ts';
import { difference } from '../plan/wish.ts';
import { find, type Workshop } from './carry-out.ts';

export interface RemovalOptions {
  deleteData?: boolean;
  /** The account of the operating system stays, locked and out of our groups. */
  keepAccount?: boolean;
}

/** How accounts go, however many they are; the parts of a plan in their order. */
export interface Removal {
  /** Nobody logs in any more, and nobody is in any more. Before everything else. */
  closing: Change[];
  /** Jails, keys and what was declared; once sshd and rsyslog know nothing of the accounts. */
  taking: Change[];
  /** The accounts, then the files if they are to be deleted: from the first of these on there is no way back. */
  final: Change[];
  /** Where the jails go, by name. */
  aside: ReadonlyMap<string, string>;
}

/**
 * Plans the removal of accounts, however many; what the services are told of it is {@link tellServices}. People may have
 * lost their account, or anything else of theirs, already.
 *
 * @throws OperatorError `refused` where a jail holds a mount, or fstab or a unit names one
 */
export async function planRemoval(
  context: Context,
  workshop: Workshop,
  facts: HostFacts,
  people: readonly Person[],
  { deleteData = false, keepAccount = false }: RemovalOptions,
): Promise<Removal> {
  const { host, config } = context;
  refuseMounts(host, facts, people);
  const aside = asideFor(context, people);
  const wishes = [
    ...people.flatMap((person) => ownedBy(config, person)),
    ...people.flatMap((person) => wantLink(config, facts.kind, person)),
  ];
  const { changes } = keepOccupied(difference('removing', wishes, await find(workshop, wishes)), (folder) =>
    aside.has(folder.slice(config.root.length + 1)) ? [] : namesIn(host.path(folder)),
  );
  const names = people.flatMap(({ name }) => (readRegister(host).users.has(name) ? [name] : []));
  const removed = removedFolder(config);
  const wasThere = lstatOrNull(host.path(removed)) !== null;
  return {
    closing: await close(host, names),
    taking: [
      ...(aside.size > 0 && !wasThere ? [opening(config)] : []),
      ...retire(config, changes, aside),
      ...(keepAccount ? names.map((name) => letGo(host, config, name)) : []),
    ],
    final: [
      ...(keepAccount ? [] : names.map((name) => accountGone(host, name))),
      ...(deleteData ? [...aside.values()].map((at): Change => ({ kind: 'tree', at, before: {}, after: null })) : []),
      ...(deleteData && aside.size > 0 && !wasThere
        ? [{ kind: 'directory', at: removed, before: REMOVED_STATE, after: null } as Change]
        : []),
    ],
    aside,
  };
}

/** The folder in which removed jails wait. */
export const opening = (config: Config): Change => ({
  kind: 'directory',
  at: removedFolder(config),
  before: null,
  after: REMOVED_STATE,
});

export const accountGone = (host: Host, name: string): Change => ({
  kind: 'account',
  at: name,
  before: readAccount(host, name),
  after: null,
});

/**
 * Shuts accounts, then ends their sessions. The account is shut by its expiry day, which refuses keys and passwords alike
 * and leaves both as they are.
 */
export async function close(host: Host, names: readonly string[]): Promise<Change[]> {
  const locks = names.flatMap((name): Change[] => {
    const before = expiry.read(host, name, null) as { day: number | null };
    const { locked } = accessOf({ expires: before.day });
    const after = expiryFor({ locked: true, until: null, expires: null });
    return locked ? [] : [{ kind: 'expiry', at: name, before, after }];
  });
  // Until it is locked an account can still log in, so its sessions are looked for again when their turn comes.
  const isQuiet = locks.length === 0 && (await sessions.read(host, names.join(' '), null)) !== null;
  if (isQuiet || names.length === 0 || host.sysroot !== '') return locks;
  return [...locks, { kind: 'sessions', at: names.join(' '), before: null, after: { ended: true } }];
}

/** Where each jail that is there goes. The same name removed twice within a second is two names. */
export function asideFor({ host, config, now }: Context, people: readonly Person[]): Map<string, string> {
  const taken = new Set(namesIn(host.path(removedFolder(config))).map((name) => `${removedFolder(config)}/${name}`));
  return new Map(
    people.flatMap(({ name, role }): [string, string][] => {
      if (role === 'admin' || lstatOrNull(host.path(jailOf(config, name))) === null) return [];
      let to = removedJail(config, name, now());
      for (let second = 1; taken.has(to); second++)
        to = removedJail(config, name, new Date(now().getTime() + second * 1000));
      return [[name, to]];
    }),
  );
}

/**
 * Out of our groups and locked, or sshd would let it out of its jail. Who has no group of the same name gets the one of
 * those who own nothing.
 */
function letGo(host: Host, config: Config, name: string): Change {
  const { groups } = readRegister(host);
  const before = readAccount(host, name) as AccountState;
  const ours = Object.values<string>(config.groups);
  const group = ours.includes(before.group)
    ? ([name, 'nogroup', 'nobody'].find((other) => groups.has(other)) ?? before.group)
    : before.group;
  if (ours.includes(group)) throw refused(`no group is left for ${name}`, `groupadd ${name}`);
  return {
    kind: 'account',
    at: name,
    before,
    after: { ...before, group, groups: before.groups.filter((other) => !ours.includes(other)) },
  };
}

/**
 * What a rename or a deletion must not reach into, and what would be missing at the next boot. Shared folders of ours are
 * taken down before.
 */
export function refuseMounts(host: Host, { config, shareMounts }: HostFacts, people: readonly Person[]): void {
  const ours = new Set(shareMounts.map((share) => mountPointOf(config, share)));
  const jails = new Set(people.flatMap(({ name, role }) => (role === 'admin' ? [] : [name])));
  const inJail = namedMounts(host, config.root).find(
    ({ path }) => !ours.has(path) && jails.has(path.slice(config.root.length + 1).split('/')[0] ?? ''),
  );
  if (inJail === undefined) return;
  const { path, by } = inJail;
  if (by === null)
    throw refused(
      `${path} is a mount of its own; moving it would leave the host's mount table behind`,
      `umount ${path}`,
    );
  throw refused(
    `${by} names ${path}, which would be missing at the next boot`,
    `take it out of ${by.replace(/:\d+$/, '')}`,
  );
}
