import type { Config } from '../config.ts';
import { refused } from '../errors.ts';
import { REMOVED_FOLDER } from '../plan/user.ts';
import type { Host } from './host.ts';
import { lstatOrNull, namesIn } from './read.ts';
import { readRegister } from './register.ts';

/** The owners of customers' files that still lie below the root, also of accounts that are gone. */
function ownersBelow(host: Host, { root, data }: Config): number[] {
  const jails = namesIn(host.followed(root)).map((name) => `${root}/${name}`);
  const removed = namesIn(host.followed(`${root}/${REMOVED_FOLDER}`)).map(
    (name) => `${root}/${REMOVED_FOLDER}/${name}`,
  );
  return [...jails, ...removed].flatMap((jail) => lstatOrNull(host.path(`${jail}/${data}`))?.uid ?? []);
}

/** Whether a uid belongs to somebody, or to files that somebody left behind. */
export function uidIsTaken(host: Host, config: Config, uid: number): boolean {
  return takenUids(host, config).has(uid);
}

const takenUids = (host: Host, config: Config): Set<number> =>
  new Set([...[...readRegister(host).users.values()].map(({ uid }) => uid), ...ownersBelow(host, config)]);

/** A uid that nobody has and no removed customer had while their files exist. @throws OperatorError `refused` */
export function freeUid(host: Host, config: Config): number {
  const taken = takenUids(host, config);
  for (let uid = config.uids.first; uid <= config.uids.last; uid++) if (!taken.has(uid)) return uid;
  throw refused(
    `no uid is free from ${config.uids.first} to ${config.uids.last}`,
    'widen uids in /etc/sftpjail/config.yaml',
  );
}
