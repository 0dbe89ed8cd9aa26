import type { Config } from '../config.ts';
import { refused } from '../errors.ts';
import { SHARED_FOLDER } from '../plan/shares.ts';
import { REMOVED_FOLDER } from '../plan/user.ts';
import type { Host } from './host.ts';
import { lstatOrNull, namesIn } from './read.ts';
import { readRegister } from './register.ts';

const entriesOf = (host: Host, folder: string): string[] =>
  namesIn(host.followed(folder)).map((name) => `${folder}/${name}`);

/** The owners of customers' files that still lie below the root, also of accounts that are gone. */
function ownersBelow(host: Host, { root, data }: Config): number[] {
  const jails = entriesOf(host, root);
  const removed = entriesOf(host, `${root}/${REMOVED_FOLDER}`);
  const shared = entriesOf(host, `${root}/${SHARED_FOLDER}`).flatMap((share) => entriesOf(host, share));
  const owned = [...[...jails, ...removed].map((jail) => `${jail}/${data}`), ...shared];
  return owned.flatMap((path) => lstatOrNull(host.path(path))?.uid ?? []);
}

/** The uids of a host, while a plan gives some of them away. */
export interface Uids {
  /** Whether a uid belongs to somebody, or to files that somebody left behind. */
  isTaken(uid: number): boolean;
  take(uid: number): void;
  /** Takes one that nobody has and no removed customer had while their files exist. @throws OperatorError `refused` */
  takeFree(): number;
}

export function openUids(host: Host, config: Config): Uids {
  let known: Set<number> | undefined;
  const taken = (): Set<number> => {
    known ??= new Set([...[...readRegister(host).users.values()].map(({ uid }) => uid), ...ownersBelow(host, config)]);
    return known;
  };
  const { first, last } = config.uids;
  let next = first;
  return {
    isTaken: (uid) => taken().has(uid),
    take: (uid) => void taken().add(uid),
    takeFree() {
      while (taken().has(next)) next++;
      if (next > last)
        throw refused(`no uid is free from ${first} to ${last}`, 'widen uids in /etc/sftpjail/config.yaml');
      taken().add(next);
      return next;
    },
  };
}
