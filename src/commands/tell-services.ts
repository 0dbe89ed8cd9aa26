import { SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import { lstatOrNull, namesIn } from '../host/read.ts';
import { openTemplates } from '../host/templates.ts';
import type { Change } from '../plan/change.ts';
import type { HostFacts } from '../plan/facts.ts';
import { unwantedUnits, wantServices } from '../plan/host.ts';
import { keepOccupied } from '../plan/removal.ts';
import { difference } from '../plan/wish.ts';
import { find, type Workshop } from './carry-out.ts';
import { judgeConfigurations } from './judge-host.ts';
import { withoutDaemons } from './prepare.ts';

/**
 * What sshd, rsyslog and systemd have to be told because accounts change, and nothing else: whatever is out of order
 * beside that stays for `init` to mend. A host that is not prepared is told nothing.
 */
export async function tellServices(workshop: Workshop, before: HostFacts, after: HostFacts): Promise<Change[]> {
  const { host, tools } = workshop;
  if (lstatOrNull(host.path(SSHD_DROP_IN)) === null) return [];
  const templates = openTemplates();
  const known = new Set(wantServices(before, templates).map((wish) => JSON.stringify(wish)));
  const wishes = wantServices(after, templates).filter(
    (wish) => ['sync', 'check', 'directory'].includes(wish.kind) || !known.has(JSON.stringify(wish)),
  );
  const unwanted = unwantedUnits(after, templates);
  const taken = keepOccupied(difference('removing', unwanted, await find(workshop, unwanted)), (folder) =>
    namesIn(host.followed(folder)),
  );
  const onDisk = await find(
    workshop,
    wishes.filter(({ kind }) => kind !== 'sync'),
  );
  const told = difference('building', wishes, (wish) => (wish.kind === 'sync' ? wish.state : onDisk(wish)));
  const changes = [...taken.changes, ...told];
  if (changes.some(({ kind, at }) => kind === 'sync' && (at === 'sshd' || at === 'rsyslog')))
    await judgeConfigurations(host, tools);
  return withoutDaemons(after.kind, changes);
}
