import { refused } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { namesIn } from '../host/read.ts';
import type { HostFacts } from '../plan/facts.ts';
import { removedFolder } from '../plan/retire.ts';
import { type Share, sourceOf } from '../plan/shares.ts';

/**
 * Refuses shared folders that could not be mounted again after a reboot, and one that would hand on what others left.
 *
 * @throws OperatorError `refused`
 */
export function judgeShares(host: Host, facts: HostFacts, shares: readonly Share[]): void {
  if (shares.length === 0) return;
  const { config, kind, shareMounts } = facts;
  if (kind !== 'systemd' && kind !== 'image')
    throw refused(
      'shared folders need systemd, which mounts them at every boot; /etc/fstab is not ours to change',
      'leave out the shares',
    );
  const inUse = new Set(shareMounts.map(({ share }) => share));
  const left = [...new Set(shares.map(({ share }) => share))].find(
    (share) => !inUse.has(share) && namesIn(host.path(sourceOf(config, share))).length > 0,
  );
  if (left !== undefined)
    throw refused(
      `${sourceOf(config, left)} holds files of customers who shared it before`,
      `mkdir -p -m 700 ${removedFolder(config)} && mv ${sourceOf(config, left)} ${removedFolder(config)}/shared-${left}`,
    );
}
