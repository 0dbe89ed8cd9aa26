import { readFileSync, statSync } from 'node:fs';
import {
  type GroupEntry,
  type PasswdEntry,
  parseGroup,
  parsePasswd,
  parseShadow,
  type ShadowEntry,
} from '../conf/passwd.ts';
import { isErrno, refused } from '../errors.ts';
import type { Host } from './host.ts';

/** The operating system's own register of accounts, read from its files so that it works on a mounted image too. */
export interface Register {
  users: ReadonlyMap<string, PasswdEntry>;
  groups: ReadonlyMap<string, GroupEntry>;
  shadow: ReadonlyMap<string, ShadowEntry>;
}

const byName = <Entry extends { name: string }>(entries: Entry[]): Map<string, Entry> =>
  new Map(entries.map((entry) => [entry.name, entry]));

const parsed = new Map<string, { stamp: string; entries: Map<string, unknown> }>();

/** Parses a file again only when it changed: a plan asks for owners many times. */
function read<Entry extends { name: string }>(path: string, parse: (text: string) => Entry[]): Map<string, Entry> {
  try {
    const { ino, mtimeNs, size } = statSync(path, { bigint: true });
    const stamp = `${ino} ${mtimeNs} ${size}`;
    const known = parsed.get(path);
    if (known?.stamp === stamp) return known.entries as Map<string, Entry>;
    const entries = byName(parse(readFileSync(path, 'utf8')));
    parsed.set(path, { stamp, entries });
    return entries;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return new Map();
    if (isErrno(error, 'EACCES')) throw refused(`only root can read ${path}`, 'run sftpjail with sudo');
    throw error;
  }
}

export function readRegister(host: Host): Register {
  return {
    users: read(host.followed('/etc/passwd'), parsePasswd),
    groups: read(host.followed('/etc/group'), parseGroup),
    shadow: read(host.followed('/etc/shadow'), parseShadow),
  };
}

/** The uid of an owner given by name or number. @throws OperatorError `refused` for a name that does not exist */
export function uidOf(host: Host, owner: string): number {
  const uid = /^\d+$/.test(owner) ? Number(owner) : readRegister(host).users.get(owner)?.uid;
  if (uid === undefined) throw refused(`there is no account ${owner}`, 'getent passwd');
  return uid;
}

/** The gid of a group given by name or number. @throws OperatorError `refused` for a name that does not exist */
export function gidOf(host: Host, group: string): number {
  const gid = /^\d+$/.test(group) ? Number(group) : readRegister(host).groups.get(group)?.gid;
  if (gid === undefined) throw refused(`there is no group ${group}`, 'getent group');
  return gid;
}

const nameIn = (
  entries: ReadonlyMap<string, { name: string; uid?: number; gid: number }>,
  id: number,
  of: 'uid' | 'gid',
) => {
  for (const entry of entries.values()) if (entry[of] === id) return entry.name;
  return String(id);
};

export const ownerName = (host: Host, uid: number): string =>
  uid === 0 ? 'root' : nameIn(readRegister(host).users, uid, 'uid');
export const groupName = (host: Host, gid: number): string =>
  gid === 0 ? 'root' : nameIn(readRegister(host).groups, gid, 'gid');
