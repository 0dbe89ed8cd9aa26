import { jailSocket, sharedSocket } from '../conf/sockets.ts';
import { effectiveFor, KEYS_FOLDER } from '../conf/sshd-drop-in.ts';
import type { Config } from '../config.ts';
import type { UserName } from '../spec.ts';
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
  /** The authorized keys, or null to leave them as they are. */
  keys: string | null;
  /** A password is to be set. */
  password: boolean;
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

/** The jail's name for the shared socket; on an image the first boot makes both. */
export function wantLink(config: Config, kind: HostKind, { name, role }: Person): Wish[] {
  if (role === 'admin' || config.log.socket === 'per-jail' || kind === 'image') return [];
  return [{ kind: 'link', at: jailSocket(config, name), state: { to: sharedSocket(config) } }];
}

/**
 * The account: with its groups from its first moment, and with credentials only once the running sshd is proved to
 * confine it.
 */
export function wantAccount(config: Config, user: WantedUser): Wish[] {
  const { name, role, uid, comment, declared, declaredText, keys, password } = user;
  const home = role === 'admin' ? '/' : `/${config.data}`;
  const state = {
    ...{ uid, group: config.groups.files, groups: [config.groups[role]], comment },
    ...{ home, shell: '/usr/sbin/nologin' },
  };
  const jail = jailOf(config, name);
  const file = (at: string, mode: string, content: string): Wish => ({
    kind: 'file',
    at,
    state: { owner: 'root', group: at === declaredOf(name) ? declaredGroup(config) : 'root', mode, content },
  });
  const { logLevel, facility } = declared;
  const own = { ...(logLevel && { logLevel }), ...(facility && { facility }) };
  const reads = [name, jail, `${jail}/${config.data}`, keysOf(name), declaredOf(name)];
  return [
    { kind: 'check', at: CHECKS.runningSshd, state: { reads: password ? [] : reads } },
    ...(declaredText === null ? [] : [file(declaredOf(name), '0640', declaredText)]),
    { kind: 'account', at: name, state },
    ...(role === 'admin' ? [] : [data(`${jail}/${config.data}`, name, config)]),
    {
      kind: 'check',
      at: CHECKS.effective,
      state: { reads: password ? [] : reads, user: name, expected: effectiveFor(config, role, own) },
    },
    ...(keys === null ? [] : [file(keysOf(name), '0644', keys)]),
    ...(password ? [{ kind: 'password', at: name, state: { set: true } } as Wish] : []),
  ];
}

const data = (at: string, owner: string, { groups }: Config): Wish => ({
  kind: 'directory',
  at,
  state: { owner, group: groups.files, mode: '2770' },
});
