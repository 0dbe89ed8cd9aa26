import type { Context } from '../context.ts';
import { refused, wrongUsage } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { lstatOrNull, namesIn } from '../host/read.ts';
import { groupsOf, ownerName, readRegister } from '../host/register.ts';
import type { Uids } from '../host/uids.ts';
import { declaredOf, jailOf, keysOf } from '../plan/user.ts';

/** A customer of a group's name would take the group away with the account (useradd and userdel pair them up). */
export function refuseGroupName({ config }: Context, name: string): void {
  if (Object.values<string>(config.groups).includes(name))
    throw wrongUsage(`${name} is the name of a group of ours`, 'choose another name');
}

/** An account that somebody else made is not ours to jail. */
export async function refuseForeign(context: Context, name: string): Promise<void> {
  const [elsewhere] = await knownElsewhere(context.host, [name]);
  if (elsewhere !== undefined) throw fromDirectory(name);
  refuseForeignHere(context, name);
}

export const fromDirectory = (name: string) =>
  refused(`an account ${name} exists already, from a directory service`, `getent passwd ${name}`);

/** As many names as a command line holds with ease. */
const NAMES_AT_ONCE = 10_000;

/** Which of these names a directory service has accounts of, that the host's own files do not have. */
export async function knownElsewhere(host: Host, names: readonly string[]): Promise<string[]> {
  const { users } = readRegister(host);
  const unknown = host.sysroot === '' ? names.filter((name) => !users.has(name)) : [];
  const found: string[] = [];
  for (let at = 0; at < unknown.length; at += NAMES_AT_ONCE) {
    const { stdout } = await host.run('getent', ['passwd', ...unknown.slice(at, at + NAMES_AT_ONCE)]);
    found.push(...stdout.split('\n').flatMap((line) => line.split(':')[0] || []));
  }
  return found;
}

/** The same for accounts of this host's own files. */
export function refuseForeignHere({ host, config }: Context, name: string): void {
  const { users, groups } = readRegister(host);
  const found = users.get(name);
  if (found === undefined) return;
  const inFiles = groups.get(config.groups.files)?.gid === found.gid;
  const roles: string[] = [config.groups.only, config.groups.readOnly, config.groups.admin];
  const hasRole = groupsOf(groups, name).some((group) => roles.includes(group));
  // One that lost a group, or its data its owner, by somebody's hand is known by the rest.
  const hasJail = lstatOrNull(host.path(`${jailOf(config, name)}/${config.data}`))?.uid === found.uid;
  const hasKeys = lstatOrNull(host.path(keysOf(name))) !== null;
  if ((inFiles && hasRole) || ((inFiles || hasRole) && (hasJail || hasKeys))) return;
  throw refused(
    `an account ${name} exists already and is not one of ours`,
    `choose another name, or look at it: id ${name}`,
  );
}

/** What a removed customer left, files or credentials, never falls to the next one of that name. */
export function refuseLeftovers({ host, config }: Context, name: string): void {
  const jail = jailOf(config, name);
  const strangers = strangersIn({ host }, `${jail}/${config.data}`);
  if (strangers.length > 0)
    throw refused(
      `${jail}/${config.data} holds what belongs to ${strangers.join(', ')}, who is not the new ${name}`,
      `sftpjail remove-user ${name}`,
    );
  const left = [keysOf(name), declaredOf(name)].filter((path) => lstatOrNull(host.path(path)) !== null);
  if (left.length > 0) throw refused(`an earlier ${name} left ${left.join(' and ')}`, `sftpjail remove-user ${name}`);
}

/** Who else than root owns a data folder or something in it; a volume that was mounted for the newcomer is root's. */
function strangersIn({ host }: Pick<Context, 'host'>, data: string): string[] {
  if (lstatOrNull(host.path(data)) === null) return [];
  const paths = [data, ...namesIn(host.path(data)).map((name) => `${data}/${name}`)];
  const owners = paths.flatMap((path) => lstatOrNull(host.path(path))?.uid ?? []).filter((uid) => uid !== 0);
  return [...new Set(owners)].map((uid) => ownerName(host, uid));
}

/** The uid that an account has, was asked for, or gets. @throws OperatorError `refused` for one that is somebody's */
export function uidFor(host: Host, uids: Uids, existing: number | undefined, asked: number | undefined): number {
  if (existing !== undefined) {
    if (asked !== undefined && asked !== existing)
      throw refused(`the account exists already, with uid ${existing}`, 'leave out --uid');
    return existing;
  }
  if (asked === undefined) return uids.takeFree();
  const owner = uids.isTaken(asked) ? ownerName(host, asked) : null;
  if (owner !== null && owner !== String(asked))
    throw refused(`uid ${asked} belongs to ${owner}`, 'leave out --uid to get a free one');
  if (owner !== null)
    throw refused(`files of a removed account belong to uid ${asked}`, 'leave out --uid to get a free one');
  uids.take(asked);
  return asked;
}
