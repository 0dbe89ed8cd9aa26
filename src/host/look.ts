import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { FORENSIC_LOG_FOLDER, FORENSIC_RSYSLOG } from '../conf/forensic.ts';
import { PAM_SSHD, pamLineIn } from '../conf/pam.ts';
import { RSYSLOG_DROP_IN } from '../conf/rsyslog.ts';
import { parseRsyslogHost, type RsyslogHost } from '../conf/rsyslog-host.ts';
import { jailOfSocket, pathOfMount, unitPath, WANTING_JAIL_SOCKETS, WATCH_UNIT, wantedBy } from '../conf/systemd.ts';
import { CONFIG_PATH, type Config } from '../config.ts';
import { refused } from '../errors.ts';
import type { Account, Declared, HostFacts, HostKind, Role } from '../plan/facts.ts';
import { HELPER_SOCKETS } from '../plan/helpers.ts';
import { MADE_FILE, sharedFolders, USERS_FOLDER } from '../plan/host.ts';
import { WANTING_MOUNTS } from '../plan/shares.ts';
import { WATCH_USER } from '../plan/watch.ts';
import type { Host } from './host.ts';
import { readIncluded } from './included.ts';
import { lstatOrNull, namesIn, textOrNull } from './read.ts';
import { groupName, type Register, readRegister } from './register.ts';

/** Finds out what a plan needs to know; changes nothing. */
export async function lookAtHost(
  host: Host,
  config: Config,
  kind: HostKind,
  self: HostFacts['self'],
): Promise<HostFacts> {
  const register = readRegister(host);
  const made = readMade(host);
  const groups = new Set(register.groups.keys());
  const configText = textOrNull(host.followed(CONFIG_PATH));
  const forensic = {
    isInstalled: lstatOrNull(host.path(FORENSIC_RSYSLOG)) !== null,
    hasLog: lstatOrNull(host.path(FORENSIC_LOG_FOLDER)) !== null,
    isSplit: lstatOrNull(host.followed('/usr/lib/openssh/sshd-session')) !== null,
  };
  const missing = [
    ...Object.values(config.groups).flatMap((name) => (groups.has(name) ? [] : [`group ${name}`])),
    ...sharedFolders({ config, kind, forensic }).flatMap((at) =>
      lstatOrNull(host.path(at)) === null ? [`directory ${at}`] : [],
    ),
    ...(configText === null ? [`file ${CONFIG_PATH}`] : []),
    ...(config.watch.enabled && !groups.has(WATCH_USER) ? [`group ${WATCH_USER}`] : []),
    ...(config.watch.enabled && !register.users.has(WATCH_USER) ? [`account ${WATCH_USER}`] : []),
  ];
  const accounts = accountsOf(config, register);
  return {
    config,
    kind,
    self,
    rsyslog: rsyslogFacts(readRsyslogHost(host), register),
    logFolderGroup: writableBy(host, dirname(config.log.file)),
    accounts,
    ...(await readDeclared(host)),
    watch: {
      uid: register.users.get(WATCH_USER)?.uid ?? (config.watch.enabled ? freeSystemUid(register) : 0),
      isInstalled: made.includes(`account ${WATCH_USER}`) || lstatOrNull(host.path(WATCH_UNIT)) !== null,
    },
    helpers: HELPER_SOCKETS.filter((name) => lstatOrNull(host.path(unitPath(name))) !== null),
    hasPamLine: pamLineIn(textOrNull(host.followed(PAM_SSHD)) ?? '') !== null,
    forensic,
    jailSockets: jailSocketsOn(host),
    shareMounts: shareMountsOn(host, config),
    made,
    missing: new Set(missing),
    configText,
  };
}

/** What an earlier run of ours wrote down, and nobody else should have changed. */
function readMade(host: Host): string[] {
  const text = textOrNull(host.followed(MADE_FILE)) ?? '[]';
  try {
    const made: unknown = JSON.parse(text);
    if (Array.isArray(made) && made.every((thing) => typeof thing === 'string')) return made;
  } catch {
    // Said below.
  }
  throw refused(
    `${MADE_FILE} is damaged, so nobody knows which groups and folders sftpjail made`,
    `restore it from a backup; or remove it, and uninstall will leave them: rm ${MADE_FILE}`,
  );
}

/** rsyslog's configuration as it is without us: our drop-in counts as empty, or its own words would hide the host's. */
export const readRsyslogHost = (host: Host): RsyslogHost =>
  parseRsyslogHost(
    { file: '/etc/rsyslog.conf', text: textOrNull(host.followed('/etc/rsyslog.conf')) ?? '' },
    (pattern) =>
      readIncluded(host, pattern).map((found) => (found.file === RSYSLOG_DROP_IN ? { ...found, text: '' } : found)),
  );

/** rsyslog writes as the user it drops its privileges to; group adm reads where it may give files to it. */
function rsyslogFacts(
  { user, repeatedMsgReduction, loadsImuxsock }: RsyslogHost,
  { users, groups }: Register,
): HostFacts['rsyslog'] {
  const said = { turnOffReduction: repeatedMsgReduction?.on === true, loadModule: !loadsImuxsock };
  const adm = groups.get('adm');
  const dropped =
    user === null ? undefined : (users.get(user) ?? [...users.values()].find(({ uid }) => String(uid) === user));
  if (dropped === undefined) return { owner: 'root', group: adm ? 'adm' : 'root', ...said };
  const own = [...groups.values()].find(({ gid }) => gid === dropped.gid)?.name ?? String(dropped.gid);
  const mayGive = adm?.members.includes(dropped.name) || own === 'adm';
  return { owner: dropped.name, group: mayGive ? 'adm' : own, ...said };
}

function jailSocketsOn(host: Host): string[] {
  const units = WANTING_JAIL_SOCKETS.flatMap((by) => namesIn(host.followed(dirname(wantedBy(by, 'any')))));
  return [...new Set(units.flatMap((unit) => jailOfSocket(unit) ?? []))].sort();
}

/** Mounts in jails, of which the unit is ours. */
function shareMountsOn(host: Host, { root }: Config): HostFacts['shareMounts'] {
  return namesIn(host.followed(dirname(wantedBy(WANTING_MOUNTS, 'any')))).flatMap((unit) => {
    const path = pathOfMount(unit);
    const [jail = '', share = '', ...deeper] = path?.startsWith(`${root}/`)
      ? path.slice(root.length + 1).split('/')
      : [];
    if (share === '' || deeper.length > 0) return [];
    const text = textOrNull(host.followed(unitPath(unit))) ?? '';
    return text.startsWith('# Written by sftpjail') ? [{ jail, share }] : [];
  });
}

function writableBy(host: Host, folder: string): string | null {
  const found = statSync(host.followed(folder), { throwIfNoEntry: false });
  return found && found.gid !== 0 && (found.mode & 0o020) !== 0 ? groupName(host, found.gid) : null;
}

/**
 * The accounts of ours: in the group that owns the files and in one that says their role. Whoever is in two roles gets
 * the block that stands first in sshd's configuration.
 */
export function accountsOf({ groups: names }: Config, { users, groups, shadow }: Register): Account[] {
  const files = groups.get(names.files)?.gid;
  const roles: [Role, ReadonlySet<string>][] = (['readOnly', 'only', 'admin'] as const).map((role) => [
    role,
    new Set(groups.get(names[role])?.members),
  ]);
  return [...users.values()].flatMap((user): Account[] => {
    const role = roles.find(([, members]) => members.has(user.name))?.[0];
    if (user.gid !== files || role === undefined) return [];
    const { hasPassword = false, expires = null } = shadow.get(user.name) ?? {};
    return [{ name: user.name, uid: user.uid, role, hasPassword, expires, comment: user.comment }];
  });
}

/** From the end at which useradd begins. @throws OperatorError `refused` */
function freeSystemUid({ users }: Register): number {
  const taken = new Set([...users.values()].map(({ uid }) => uid));
  for (let uid = 999; uid >= 100; uid--) if (!taken.has(uid)) return uid;
  throw refused('no uid of the system is free', 'getent passwd');
}

async function readDeclared(host: Host): Promise<Pick<HostFacts, 'declared' | 'declaredTexts'>> {
  const files = namesIn(host.followed(USERS_FOLDER)).filter((name) => /^[a-z_][a-z0-9_-]*\.yaml$/.test(name));
  const declaredTexts = new Map<string, string>();
  if (files.length === 0) return { declared: new Map(), declaredTexts };
  const { parseDeclared } = await import('../conf/declared.ts');
  const declared = new Map<string, Declared>();
  for (const file of files) {
    const path = `${USERS_FOLDER}/${file}`;
    const text = readFileSync(host.followed(path), 'utf8');
    const name = file.slice(0, -'.yaml'.length);
    declared.set(name, parseDeclared(text, path));
    declaredTexts.set(name, text);
  }
  return { declared, declaredTexts };
}
