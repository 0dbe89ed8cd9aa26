import { jailSocket, sharedSocket } from '../conf/sockets.ts';
import { effectiveFor, KEYS_FOLDER } from '../conf/sshd-drop-in.ts';
import type { Config } from '../config.ts';
import type { FolderPath, UserName } from '../spec.ts';
import type { States } from './change.ts';
import type { Declared, HostKind, Role } from './facts.ts';
import { CHECKS, USERS_FOLDER } from './host.ts';
import { declaredGroup } from './watch.ts';
import type { Wish } from './wish.ts';

/** An account as it should be. */
export interface WantedUser {
  name: UserName;
  role: Role;
  uid: number;
  comment: string;
  declared: Declared;
  /** The text of what was declared, or null for nothing. */
  declaredText: string | null;
  /** Nobody of this name was there before. */
  isNew: boolean;
  /** The authorized keys, or null to leave them as they are. */
  keys: string | null;
  /** The password to be set, or null to leave it as it is. */
  password: States['password'] | null;
  /** From when on nobody logs in, or null to leave it as it is; `opens` where the account is shut until then. */
  expiry: (States['expiry'] & { opens: boolean }) | null;
}

/** Below the root: where the jails of removed customers wait, for root alone. */
export const REMOVED_FOLDER = '.removed';

export const jailOf = (config: Config, name: string): string => `${config.root}/${name}`;
export const keysOf = (name: string): string => `${KEYS_FOLDER}/${name}`;
export const declaredOf = (name: string): string => `${USERS_FOLDER}/${name}.yaml`;

/** As much of an account as its jail depends on. */
export interface Person {
  name: string;
  role: Role;
}

/** The jail itself, all of it root's; made before the services, because a socket of its own would stand in it. */
export function wantJail(config: Config, { name, role }: Person): Wish[] {
  if (role === 'admin') return [];
  const state = { owner: 'root', group: config.groups.files, mode: '0750' };
  return [
    { kind: 'directory', at: jailOf(config, name), state },
    { kind: 'directory', at: `${jailOf(config, name)}/dev`, state },
    // Made by whoever comes first: systemd, rsyslog or its post-start hook; named here so that it goes with the jail.
    { kind: 'socket', at: jailSocket(config, name), state: {} },
  ];
}

const anyState = { owner: '', group: '', mode: '' };
const anyFile = (at: string): Wish => ({ kind: 'file', at, state: { ...anyState, content: '' } });

/** What stands on a host for somebody beside the account itself, in the order of building; for taking it away. */
export const ownedBy = (config: Config, person: Person): Wish[] => [
  anyFile(keysOf(person.name)),
  anyFile(declaredOf(person.name)),
  ...wantJail(config, person),
  ...(person.role === 'admin'
    ? []
    : [{ kind: 'directory', at: `${jailOf(config, person.name)}/${config.data}`, state: anyState } as Wish]),
];

/** The jail's name for the shared socket; on an image the first boot makes both. */
export function wantLink(config: Config, kind: HostKind, { name, role }: Person): Wish[] {
  if (role === 'admin' || config.log.socket === 'per-jail' || kind === 'image') return [];
  return [{ kind: 'link', at: jailSocket(config, name), state: { to: sharedSocket(config) } }];
}

/**
 * The accounts: with their groups from their first moment, and with credentials only once the running sshd is proved to
 * confine them.
 */
export function wantAccounts(config: Config, users: readonly WantedUser[]): Wish[] {
  const reads = users.flatMap(({ name }) => placesOf(config, name));
  const customers = users.filter(({ role }) => role !== 'admin');
  return [
    { kind: 'check', at: CHECKS.runningSshd, state: { reads } },
    ...users.flatMap(({ name, declaredText }) =>
      declaredText === null ? [] : [wantDeclared(config, name, declaredText)],
    ),
    ...users.map((user): Wish => ({ kind: 'account', at: user.name, state: stateOf(config, user) })),
    ...users.flatMap((user) => wantExpiry(user, false)),
    ...customers.map(({ name }) => data(config, name)),
    ...customers.flatMap(({ name, declared }) => wantFolders(config, name, declared.folders)),
    ...wantCredentials(config, users, ({ name }) => placesOf(config, name)),
    ...users.flatMap((user) => wantExpiry(user, true)),
  ];
}

/** Who logs in with what. */
export type Holder = Pick<WantedUser, 'name' | 'role' | 'declared' | 'keys' | 'password'> & { isNew?: boolean };

/**
 * What people log in with, once sshd is seen to confine their accounts.
 *
 * @param readsOf the things whose change makes that look necessary; none means always
 */
export const wantCredentials = (
  config: Config,
  users: readonly Holder[],
  readsOf: (user: Holder) => readonly string[],
): Wish[] => [
  ...kindsOfAccount(config, users).map(
    ({ expected, user, alike }): Wish => ({
      kind: 'check',
      at: CHECKS.effective,
      state: { reads: alike.flatMap(readsOf), user, expected },
    }),
  ),
  ...users.flatMap(({ name, keys }) => (keys === null ? [] : [file(keysOf(name), '0644', keys)])),
  ...users.flatMap(({ name, password }): Wish[] =>
    password === null ? [] : [{ kind: 'password', at: name, state: password }],
  ),
];

export const wantDeclared = (config: Config, name: string, text: string): Wish =>
  file(declaredOf(name), '0640', text, declaredGroup(config));

/** The account that something at this place is about, if it is about one. */
export function accountOf({ root }: Config, at: string): string {
  const file = [`${KEYS_FOLDER}/`, `${USERS_FOLDER}/`].find((folder) => at.startsWith(folder));
  if (file !== undefined) return at.slice(file.length).replace(/\.yaml$/, '');
  return at.startsWith(`${root}/`) ? (at.slice(root.length + 1).split('/')[0] ?? '') : at;
}

/** Everything of one account that a change may be about. */
export const placesOf = (config: Config, name: string): string[] => {
  const jail = jailOf(config, name);
  return [name, jail, `${jail}/${config.data}`, keysOf(name), declaredOf(name)];
};

const stateOf = ({ groups, data: folder }: Config, { uid, role, comment }: WantedUser): States['account'] => ({
  ...{ uid, group: groups.files, groups: [groups[role]], comment },
  ...{ home: role === 'admin' ? '/' : `/${folder}`, shell: '/usr/sbin/nologin' },
});

const file = (at: string, mode: string, content: string, group = 'root'): Wish => ({
  kind: 'file',
  at,
  state: { owner: 'root', group, mode, content },
});

/** What shuts an account stands before its credentials, and what opens it after them. */
const wantExpiry = ({ name, expiry }: WantedUser, opens: boolean): Wish[] =>
  expiry?.opens === opens ? [{ kind: 'expiry', at: name, state: { day: expiry.day } }] : [];

/** sshd treats accounts alike that have the same role and the same words of their own, so one of them speaks for all. */
function kindsOfAccount(config: Config, users: readonly Holder[]) {
  const kinds = new Map<string, Holder[]>();
  for (const user of users) {
    const { logLevel, facility } = user.declared;
    const kind = JSON.stringify([user.role, logLevel, facility]);
    const alike = kinds.get(kind);
    if (alike) alike.push(user);
    else kinds.set(kind, [user]);
  }
  return [...kinds.values()].map((alike) => {
    const speaker = alike.find(({ isNew }) => isNew) ?? (alike[0] as Holder);
    const { logLevel, facility } = speaker.declared;
    const own = { ...(logLevel && { logLevel }), ...(facility && { facility }) };
    return { expected: effectiveFor(config, speaker.role, own), user: speaker.name, alike };
  });
}

const data = (config: Config, name: string): Wish => ({
  kind: 'directory',
  at: `${jailOf(config, name)}/${config.data}`,
  state: { owner: name, group: config.groups.files, mode: '2770' },
});

/** Folders below the data folder, each after those that it lies in. */
function wantFolders(config: Config, name: string, folders: readonly FolderPath[] = []): Wish[] {
  const below = `${jailOf(config, name)}/${config.data}`;
  const paths = folders.flatMap((folder) => {
    const names = folder.split('/');
    return names.map((_, index) => names.slice(0, index + 1).join('/'));
  });
  const state = { below, owner: name, group: config.groups.files };
  return [...new Set(paths)].map((path) => ({ kind: 'folder', at: `${below}/${path}`, state }));
}
