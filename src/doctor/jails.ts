import type { Account } from '../plan/facts.ts';
import { checkOf } from './check.ts';
import { mendedByAdding, type Verdict } from './finding.ts';
import { isFolder, isSymlink, mayUse, modeText, type SeenFile, type SeenJail } from './seen-jails.ts';

export interface SeenJails {
  root: string;
  gid: number | null;
  jails: readonly SeenJail[];
}

export const jails = checkOf<SeenJails>({
  name: 'jails',
  about: "each jail and its dev folder are root's, closed to strangers and open to their customer",
  look: async ({ config, filesGid, jails }) => ({ root: config.root, gid: filesGid(), jails: await jails() }),
  judge: judgeJails,
});

const MODE = 0o750;

export function judgeJails({ root, gid, jails }: SeenJails): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const { account, jail, dev } of jails) {
    if (account.role === 'admin') continue;
    const at = `${root}/${account.name}`;
    const ofJail = judgeFolder(account, at, 'the jail', jail, gid, NO_LOGIN);
    if (ofJail) verdicts.push(ofJail);
    const ofDev = jail && judgeFolder(account, `${at}/dev`, "the jail's dev", dev, gid, NO_LOG);
    if (ofDev) verdicts.push(ofDev);
  }
  return verdicts;
}

const NO_LOGIN = 'sshd refuses every login to it (session.c, safely_chroot)';
const NO_LOG = 'nothing that happens in the jail is logged: syslog(3) finds no /dev/log and says nothing';

function judgeFolder(
  account: Account,
  at: string,
  gist: string,
  found: SeenFile | undefined,
  gid: number | null,
  lost: string,
): Verdict | null {
  const mended = mendedByAdding(account);
  const { name } = account;
  if (found === undefined)
    return { severity: 'error', what: `${at} is missing`, gist: `${gist} is missing`, why: lost, ...mended };
  if (!isFolder(found)) {
    const what = `is ${isSymlink(found) ? 'a symlink' : 'not a folder'}`;
    const why = `${lost}; what a symlink leads to may be somebody else's`;
    return {
      severity: 'error',
      what: `${at} ${what}`,
      gist: `${gist} ${what}`,
      why,
      user: name,
      advice: `look who made it and what it is: ls -ld ${at}`,
    };
  }
  if (found.uid === 0 && found.gid === gid && (found.mode & 0o7777) === MODE) return null;
  const is = `uid ${found.uid}, gid ${found.gid}, mode ${modeText(found)}`;
  if (found.uid !== 0 || (found.mode & 0o022) !== 0)
    return {
      severity: 'error',
      what: `${at} can be changed by others than root (${is})`,
      gist: `${gist} can be changed by others than root`,
      why: `${lost === NO_LOG ? 'its log can be taken away' : lost}, and what is in it is not safe from others`,
      ...mended,
    };
  if (!mayUse(found, { uid: account.uid, gid }, 0o1))
    return {
      severity: 'error',
      what: `${at} cannot be entered by ${name} (${is})`,
      gist: `${gist} cannot be entered by its customer`,
      why: 'the customer reaches neither files nor log: sessions work on nothing, and are not on record',
      ...mended,
    };
  return {
    severity: 'warning',
    what: `${at} is not as it was made (${is}, not root:sftp 0750)`,
    gist: `${gist} is not as it was made`,
    why: 'local users can look into it, or write to its log',
    ...mended,
  };
}
