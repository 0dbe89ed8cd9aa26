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
const looked = new Set<string>();

/**
 * Parses a file again only when it changed, and looks whether it did only once between two events: a plan asks for owners
 * many times, and no program of ours can have changed an account meanwhile.
 */
function read<Entry extends { name: string }>(path: string, parse: (text: string) => Entry[]): Map<string, Entry> {
  if (looked.has(path)) return parsed.get(path)?.entries as Map<string, Entry>;
  const entries = readAgain(path, parse);
  if (parsed.has(path)) {
    if (looked.size === 0) setImmediate(() => looked.clear()).unref();
    looked.add(path);
  }
  return entries;
}

function readAgain<Entry extends { name: string }>(path: string, parse: (text: string) => Entry[]): Map<string, Entry> {
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

/** Each of its files is looked at when it is asked for. */
export const readRegister = (host: Host): Register => ({
  get users() {
    return read(host.followed('/etc/passwd'), parsePasswd);
  },
  get groups() {
    return read(host.followed('/etc/group'), parseGroup);
  },
  get shadow() {
    return read(host.followed('/etc/shadow'), parseShadow);
  },
});

/** What is found out about the entries of a file once, for as long as the file stays as it is. */
function derived<Key extends object, Value>(find: (entries: Key) => Value): (entries: Key) => Value {
  const known = new WeakMap<Key, Value>();
  return (entries) => {
    const value = known.get(entries) ?? find(entries);
    known.set(entries, value);
    return value;
  };
}

/** The names of the groups that list a user, sorted. */
export const groupsOf = (groups: Register['groups'], name: string): string[] => memberships(groups).get(name) ?? [];

const memberships = derived((groups: Register['groups']) => {
  const found = new Map<string, string[]>();
  for (const group of groups.values())
    for (const member of new Set(group.members)) found.set(member, [...(found.get(member) ?? []), group.name].sort());
  return found;
});

/** The uid of an owner given by name or number. @throws OperatorError `refused` for a name that does not exist */
export function uidOf(host: Host, owner: string): number {
  if (owner === 'root') return 0;
  const uid = /^\d+$/.test(owner) ? Number(owner) : readRegister(host).users.get(owner)?.uid;
  if (uid === undefined) throw refused(`there is no account ${owner}`, 'getent passwd');
  return uid;
}

/** The gid of a group given by name or number. @throws OperatorError `refused` for a name that does not exist */
export function gidOf(host: Host, group: string): number {
  if (group === 'root') return 0;
  const gid = /^\d+$/.test(group) ? Number(group) : readRegister(host).groups.get(group)?.gid;
  if (gid === undefined) throw refused(`there is no group ${group}`, 'getent group');
  return gid;
}

/** The first entry with an id, as in the C library. */
const namesById = <Entry extends { name: string }>(idOf: (entry: Entry) => number) =>
  derived((entries: ReadonlyMap<string, Entry>) => {
    const names = new Map<number, string>();
    for (const entry of entries.values()) if (!names.has(idOf(entry))) names.set(idOf(entry), entry.name);
    return names;
  });
const userNames = namesById((entry: PasswdEntry) => entry.uid);
const groupNames = namesById((entry: GroupEntry) => entry.gid);

export const ownerName = (host: Host, uid: number): string =>
  uid === 0 ? 'root' : (userNames(readRegister(host).users).get(uid) ?? String(uid));
export const groupName = (host: Host, gid: number): string =>
  gid === 0 ? 'root' : (groupNames(readRegister(host).groups).get(gid) ?? String(gid));
