import type { Context } from '../context.ts';
import { refused, wrongUsage } from '../errors.ts';
import { lstatOrNull, namesIn } from '../host/read.ts';
import { ownerName, readRegister } from '../host/register.ts';
import { freeUid, uidIsTaken } from '../host/uids.ts';
import { declaredOf, jailOf, keysOf } from '../plan/user.ts';

/** A customer of a group's name would take the group away with the account (useradd and userdel pair them up). */
export function refuseGroupName({ config }: Context, name: string): void {
  if (Object.values<string>(config.groups).includes(name))
    throw wrongUsage(`${name} is the name of a group of ours`, 'choose another name');
}

/** An account that somebody else made is not ours to jail. */
export async function refuseForeign({ host, config }: Context, name: string): Promise<void> {
  const { users, groups } = readRegister(host);
  const found = users.get(name);
  if (found === undefined) {
    const elsewhere = host.sysroot === '' && (await host.run('getent', ['passwd', name])).code === 0;
    if (elsewhere)
      throw refused(`an account ${name} exists already, from a directory service`, `getent passwd ${name}`);
    return;
  }
  const inFiles = groups.get(config.groups.files)?.gid === found.gid;
  const hasRole = [config.groups.only, config.groups.readOnly, config.groups.admin].some((role) =>
    groups.get(role)?.members.includes(name),
  );
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
  const paths = [data, ...namesIn(host.path(data)).map((name) => `${data}/${name}`)];
  const owners = paths.flatMap((path) => lstatOrNull(host.path(path))?.uid ?? []).filter((uid) => uid !== 0);
  return [...new Set(owners)].map((uid) => ownerName(host, uid));
}

/** The uid that an account has, was asked for, or gets. @throws OperatorError `refused` for one that is somebody's */
export function uidFor(
  { host, config }: Pick<Context, 'host' | 'config'>,
  existing: number | undefined,
  asked: number | undefined,
): number {
  if (existing !== undefined) {
    if (asked !== undefined && asked !== existing)
      throw refused(`the account exists already, with uid ${existing}`, 'leave out --uid');
    return existing;
  }
  if (asked === undefined) return freeUid(host, config);
  const owned = [...readRegister(host).users.values()].find(({ uid }) => uid === asked);
  if (owned) throw refused(`uid ${asked} belongs to ${owned.name}`, 'leave out --uid to get a free one');
  if (uidIsTaken(host, config, asked))
    throw refused(`files of a removed account belong to uid ${asked}`, 'leave out --uid to get a free one');
  return asked;
}
