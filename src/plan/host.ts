import { FORENSIC_RSYSLOG } from '../conf/forensic.ts';
import { LOGROTATE_DROP_IN, renderLogrotate } from '../conf/logrotate.ts';
import { RSYSLOG_DROP_IN, renderRsyslog } from '../conf/rsyslog.ts';
import { sharedSocket, socketsOf } from '../conf/sockets.ts';
import { KEYS_FOLDER, renderSshdDropIn, SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import {
  JAIL_SOCKET_UNIT,
  jailSocketName,
  RSYSLOG_SERVICE_DROP_IN,
  renderJailSocketUnit,
  renderRsyslogServiceDropIn,
  renderSocketUnit,
  SHARED_SOCKET_NAME,
  SOCKET_UNIT,
  WANTING_JAIL_SOCKETS,
  wantedBy,
} from '../conf/systemd.ts';
import type { Templates } from '../conf/template.ts';
import { CONFIG_PATH } from '../config.ts';
import type { HostFacts } from './facts.ts';
import { forensicFolders, wantForensic } from './forensic.ts';
import { LAYOUT_FILE, renderLayout } from './layout.ts';
import { unwantedShares } from './shares.ts';
import { unwantedTimers, wantTimers } from './timers.ts';
import { declaredGroup, WATCH_USER, wantWatchUser } from './watch.ts';
import type { Wish } from './wish.ts';

const CONFIG_FOLDER = '/etc/sftpjail';
export const USERS_FOLDER = `${CONFIG_FOLDER}/users`;
export const MADE_FILE = '/var/lib/sftpjail/made.json';

/** Conditions that a plan can demand; what each means is known to host/checks.ts. */
export const CHECKS = {
  sshd: 'sshd accepts its whole configuration',
  rsyslog: 'rsyslogd accepts its whole configuration',
  logrotate: 'logrotate accepts its stanza',
  socketIsRead: 'rsyslogd reads the log socket',
  runningSshd: 'the running sshd uses our blocks',
  earlierLogins: 'nobody is still logging in by what sshd said before',
  effective: 'sshd confines the account as it should',
} as const;

const rootOwned = (mode: string, group = 'root') => ({ owner: 'root', group, mode });
const directory = (at: string, mode: string, group?: string): Wish => ({
  kind: 'directory',
  at,
  state: rootOwned(mode, group),
});
const file = (at: string, mode: string, content: string): Wish => ({
  kind: 'file',
  at,
  state: { ...rootOwned(mode), content },
});
const symlink = (at: string, to: string): Wish => ({ kind: 'symlink', at, state: { to } });
const check = (at: string, ...reads: string[]): Wish => ({ kind: 'check', at, state: { reads } });
const sync = (at: string, way: 'in' | 'out', ...reads: string[]): Wish => ({ kind: 'sync', at, state: { way, reads } });

/** Folders that other programs share: made where they are missing, never re-moded, removed only when we made them. */
export function sharedFolders({ config, kind, forensic }: Pick<HostFacts, 'config' | 'kind' | 'forensic'>): string[] {
  const targets = [
    'sockets.target',
    'rsyslog.service',
    'timers.target',
    ...(config.watch.enabled ? ['multi-user.target'] : []),
  ];
  const units = [...targets.map((unit) => wantedBy(unit, '')), RSYSLOG_SERVICE_DROP_IN];
  return [
    ...foldersAbove(config.root),
    config.root,
    ...(kind === 'none' ? ['/run/sshd'] : []),
    ...[SSHD_DROP_IN, RSYSLOG_DROP_IN, LOGROTATE_DROP_IN].map(folderOf),
    ...(hasUnits(kind) ? [...units.map(folderOf), ...forensicFolders({ config, forensic })] : []),
  ];
}

export const hasUnits = (kind: HostFacts['kind']): boolean => kind === 'systemd' || kind === 'image';
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));
/** The folders that a path lies in, outermost first, without `/`. */
export const foldersAbove = (path: string): string[] => {
  const above = folderOf(path);
  return above === '' ? [] : [...foldersAbove(above), above];
};

const mine = ({ made, missing }: HostFacts, thing: string): boolean => missing.has(thing) || made.includes(thing);

const shared = (facts: HostFacts, at: string): Wish[] =>
  mine(facts, `directory ${at}`) ? [directory(at, '0755')] : [];

/** What stands on a host before any jail: groups, our folders, the root. */
export function wantFoundation(facts: HostFacts, templates: Templates): Wish[] {
  const { config, kind } = facts;
  const made = [...new Set([...facts.made, ...facts.missing])].sort();
  return [
    ...Object.values(config.groups).map((at): Wish => ({ kind: 'group', at, state: {} })),
    ...(config.watch.enabled ? wantWatchUser(facts) : []),
    file(MADE_FILE, '0600', `${JSON.stringify(made, null, 2)}\n`),
    file(LAYOUT_FILE, '0600', renderLayout(config)),
    directory(CONFIG_FOLDER, '0755'),
    // One that an administrator wrote is not ours to change: uninstall leaves it as it was.
    ...(mine(facts, `file ${CONFIG_PATH}`)
      ? [file(CONFIG_PATH, '0640', facts.configText ?? templates(CONFIG_PATH))]
      : []),
    directory(USERS_FOLDER, '0750', declaredGroup(config)),
    directory(KEYS_FOLDER, '0755'),
    ...foldersAbove(config.root).flatMap((at) => shared(facts, at)),
    directory(config.root, '0755'),
    directory(`${config.root}/dev`, '0750', config.groups.files),
    { kind: 'socket', at: sharedSocket(config), state: {} },
    {
      kind: 'log',
      at: config.log.file,
      state: { owner: facts.rsyslog.owner, group: facts.rsyslog.group, mode: '0640' },
    },
    ...(kind === 'none' ? shared(facts, '/run/sshd') : []),
  ];
}

/** What sshd, rsyslog, logrotate and systemd are told, in the order in which no session can ever hang. */
export function wantServices(facts: HostFacts, templates: Templates): Wish[] {
  const units = hasUnits(facts.kind) ? wantUnits(facts, templates) : [];
  const isForensic = facts.config.forensic.enabled && hasUnits(facts.kind);
  const read = [
    RSYSLOG_DROP_IN,
    ...(isForensic ? [FORENSIC_RSYSLOG] : []),
    ...units.flatMap(({ kind, at }) => (kind === 'file' || kind === 'symlink' ? [at] : [])),
  ];
  return [
    ...(isForensic ? wantForensic(facts, templates) : []),
    ...wantSshd(facts, templates),
    ...wantRsyslog(facts, templates),
    ...wantLogrotate(facts, templates),
    ...units,
    ...(hasUnits(facts.kind) ? wantTimers(facts, templates) : []),
    sync('rsyslog', 'in', ...read),
    check(CHECKS.socketIsRead, ...read),
    sync('sshd', 'in', SSHD_DROP_IN),
    check(CHECKS.runningSshd, SSHD_DROP_IN),
    check(CHECKS.earlierLogins, SSHD_DROP_IN),
  ];
}

function wantSshd(facts: HostFacts, templates: Templates): Wish[] {
  const { config, declared } = facts;
  // By name, so that the text is the same in whatever order the accounts were found or added.
  const accounts = facts.accounts.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const exceptions = accounts.flatMap(({ name, role }) => {
    const { logLevel, facility } = declared.get(name) ?? {};
    const own = { ...(logLevel && { logLevel }), ...(facility && { facility }) };
    return logLevel || facility ? [{ name, role, ...own }] : [];
  });
  const passwordUsers = accounts.filter(({ hasPassword }) => hasPassword).map(({ name }) => name);
  const content = renderSshdDropIn(templates(SSHD_DROP_IN), { config, exceptions, passwordUsers });
  return [
    sync('sshd', 'out', SSHD_DROP_IN),
    ...shared(facts, folderOf(SSHD_DROP_IN)),
    file(SSHD_DROP_IN, '0644', content),
    check(CHECKS.sshd, SSHD_DROP_IN),
  ];
}

function wantRsyslog(facts: HostFacts, templates: Templates): Wish[] {
  const { config, accounts, rsyslog } = facts;
  const sockets = [sharedSocket(config), ...socketsOf({ config, accounts }).slice(1).sort()];
  const content = renderRsyslog(templates(RSYSLOG_DROP_IN), { config, ...rsyslog, sockets });
  return [
    sync('rsyslog', 'out', RSYSLOG_DROP_IN),
    ...shared(facts, folderOf(RSYSLOG_DROP_IN)),
    file(RSYSLOG_DROP_IN, '0644', content),
    check(CHECKS.rsyslog, RSYSLOG_DROP_IN),
  ];
}

function wantLogrotate(facts: HostFacts, templates: Templates): Wish[] {
  const { config, kind, rsyslog, logFolderGroup } = facts;
  const { owner, group } = rsyslog;
  const forensicUser = config.forensic.enabled && hasUnits(kind) ? WATCH_USER : null;
  const values = { config, kind, owner, group, folderGroup: logFolderGroup, forensicUser };
  return [
    ...shared(facts, folderOf(LOGROTATE_DROP_IN)),
    file(LOGROTATE_DROP_IN, '0644', renderLogrotate(templates(LOGROTATE_DROP_IN), values)),
    check(CHECKS.logrotate, LOGROTATE_DROP_IN),
  ];
}

/**
 * The socket that outlives rsyslog. Its input() stands before it, because a socket that nobody reads makes every session
 * hang. On the way back rsyslog's drop-in goes first: while it stands, stopping the socket would stop rsyslog too.
 */
function wantUnits(facts: HostFacts, templates: Templates): Wish[] {
  const { config, self } = facts;
  const values = { config, self };
  const perJail = config.log.socket === 'per-jail';
  const jails = perJail ? facts.accounts.filter(({ role }) => role !== 'admin').map(({ name }) => name) : [];
  const wants = [
    { link: wantedBy('sockets.target', SHARED_SOCKET_NAME), unit: SOCKET_UNIT, name: SHARED_SOCKET_NAME },
    ...jails.flatMap((jail) =>
      WANTING_JAIL_SOCKETS.map((by) => ({
        link: wantedBy(by, jailSocketName(jail)),
        unit: JAIL_SOCKET_UNIT,
        name: jailSocketName(jail),
      })),
    ),
  ];
  const folders = new Set(wants.map(({ link }) => folderOf(link)));
  const links = wants.map(({ link }) => link);
  const ours = [SOCKET_UNIT, ...links, RSYSLOG_SERVICE_DROP_IN, ...(perJail ? [JAIL_SOCKET_UNIT] : [])];
  return [
    sync('systemd', 'out', ...ours),
    file(SOCKET_UNIT, '0644', renderSocketUnit(templates(SOCKET_UNIT), values)),
    ...(perJail ? [file(JAIL_SOCKET_UNIT, '0644', renderJailSocketUnit(templates(JAIL_SOCKET_UNIT), values))] : []),
    ...[...folders].flatMap((folder) => shared(facts, folder)),
    ...wants.map(({ link, unit }) => symlink(link, unit)),
    ...[...new Set(wants.map(({ name }) => name))].map((name) => sync(name, 'out', ...linksOf(wants, name))),
    sync('systemd', 'out', ...ours),
    ...shared(facts, folderOf(RSYSLOG_SERVICE_DROP_IN)),
    file(RSYSLOG_SERVICE_DROP_IN, '0644', renderRsyslogServiceDropIn(templates(RSYSLOG_SERVICE_DROP_IN), values)),
    sync('systemd', 'in', ...ours),
  ];
}

/** What systemd was told and is not needed any more, to be taken back. */
export const unwantedUnits = (facts: HostFacts, templates: Templates): Wish[] =>
  hasUnits(facts.kind)
    ? [...unwantedTimers(facts, templates), ...unwantedJailSockets(facts), ...unwantedShares(facts, templates)]
    : [];

/** For jails that have no socket of their own any more: one without an input() makes every session in its jail hang. */
function unwantedJailSockets(facts: HostFacts): Wish[] {
  const perJail = facts.config.log.socket === 'per-jail';
  const wanted = facts.accounts.filter(({ role }) => perJail && role !== 'admin').map(({ name }) => name);
  const jails = facts.jailSockets.filter((jail) => !wanted.includes(jail));
  if (jails.length === 0) return [];
  const linksTo = (jail: string) => WANTING_JAIL_SOCKETS.map((by) => wantedBy(by, jailSocketName(jail)));
  const links = jails.flatMap(linksTo);
  return [
    sync('systemd', 'out', ...links),
    ...(perJail
      ? []
      : [file(JAIL_SOCKET_UNIT, '0644', ''), ...shared(facts, folderOf(wantedBy('rsyslog.service', '')))]),
    ...links.map((link) => symlink(link, JAIL_SOCKET_UNIT)),
    ...jails.map((jail) => sync(jailSocketName(jail), 'out', ...linksTo(jail))),
    sync('systemd', 'in', ...links),
    sync('rsyslog', 'in', ...links),
  ];
}

const linksOf = (wants: readonly { link: string; name: string }[], name: string): string[] =>
  wants.filter((want) => want.name === name).map(({ link }) => link);

/** The names of the files of ours that hold text, for review. */
export const textFilesIn = (wishes: readonly Wish[]): Wish<'file'>[] =>
  wishes.filter(
    (wish): wish is Wish<'file'> => wish.kind === 'file' && wish.at !== MADE_FILE && wish.at !== LAYOUT_FILE,
  );
