import { jailSocket, sharedSocket } from '../conf/sockets.ts';
import { jailSocketName } from '../conf/systemd.ts';
import { sameInode } from '../host/relink.ts';
import { checkOf } from './check.ts';
import { MENDED_BY_INIT, NotChecked, type Verdict } from './finding.ts';
import type { Looking } from './looking.ts';
import { isFolder, isSocket, type SeenFile, type SeenJail } from './seen-jails.ts';

export interface SeenLinks {
  config: Looking['config'];
  systemd: boolean;
  shared: SeenFile | null;
  jails: readonly Pick<SeenJail, 'account' | 'dev' | 'log'>[];
}

export const links = checkOf<SeenLinks>({
  name: 'links',
  about: "each jail's dev/log leads to the log socket",
  async look(looking) {
    if (looking.services.kind === 'image') throw new NotChecked('an image gets its links when it boots');
    const { config, services, shared, jails } = looking;
    return { config, systemd: services.kind === 'systemd', shared: shared(), jails: await jails() };
  },
  judge: judgeLinks,
});

const UNHEARD = 'nothing that happens in the jail is logged: syslog(3) gives up in silence (log.c)';

export function judgeLinks({ config, systemd, shared, jails }: SeenLinks): Verdict[] {
  if (shared === null || !isSocket(shared))
    return [
      {
        ...{ severity: 'error', what: `there is no log socket at ${sharedSocket(config)}`, why: UNHEARD },
        ...MENDED_BY_INIT,
      },
    ];
  return jails.flatMap(({ account: { name, role }, dev, log }): Verdict[] => {
    // A jail without dev is told of as such.
    if (role === 'admin' || !dev || !isFolder(dev)) return [];
    const at = jailSocket(config, name);
    const told = (what: string, remedy: string[]): Verdict[] => [
      {
        severity: 'error',
        what: `${at} ${what}`,
        gist: `the jail's dev/log ${what}`,
        why: UNHEARD,
        user: name,
        remedy,
        fixable: config.log.socket === 'shared' && !(log && isFolder(log)),
      },
    ];
    if (log && isFolder(log)) return told('is a folder', [`rmdir ${at}`, ...remedyFor(config, name, systemd)]);
    if (log === undefined) return told('is missing', remedyFor(config, name, systemd));
    if (!isSocket(log)) return told('is no socket', remedyFor(config, name, systemd));
    if (config.log.socket === 'per-jail') return [];
    return sameInode(log, shared)
      ? []
      : told('leads to another socket than the current one', remedyFor(config, name, systemd));
  });
}

/** A socket that a unit has made and somebody removed is made again only when the unit is started again. */
const remedyFor = ({ log }: SeenLinks['config'], name: string, systemd: boolean): string[] =>
  log.socket === 'shared'
    ? ['sftpjail refresh-links']
    : systemd
      ? [`systemctl stop ${jailSocketName(name)}`, 'systemctl restart rsyslog.service']
      : ['service rsyslog restart'];
