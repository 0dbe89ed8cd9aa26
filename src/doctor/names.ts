import { walk } from '../host/walk.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';
import type { Looking } from './looking.ts';

/** A jail with a path that is too long, with the bytes that its longest would take in the log. */
export interface LongPath {
  user: string;
  bytes: number;
}

export const names = checkOf<LongPath[]>({
  name: 'names',
  about: 'no path is so long that sshd cuts its line in the log (looks at some of the files)',
  look: lookAtNames,
  judge: (paths) => judgeNames(paths),
});

/** sftp-server logs at most 500 bytes of a message; a path of so many leaves no room for what stands around it (log.c, do_log). */
const LONGEST = 460;

/** Some files of some jails, whatever there is: a look at the host, and no search of all its disks. */
const FOLDERS = 100;
const NAMES = 20_000;
const PATIENCE = 1000;

function lookAtNames({ host, config, accounts, now, needsRoot }: Looking): LongPath[] {
  needsRoot("customers' files");
  const customers = accounts().filter(({ role }) => role !== 'admin');
  const budget = { folders: FOLDERS, names: NAMES, until: Date.now() + PATIENCE };
  const found: LongPath[] = [];
  // Others each hour, where there are more than one look can see.
  const first = customers.length === 0 ? 0 : (Math.floor(now.getTime() / 3_600_000) * FOLDERS) % customers.length;
  for (const { name } of [...customers.slice(first), ...customers.slice(0, first)]) {
    let bytes = 0;
    const isDone = walk(host.path(`${config.root}/${name}/${config.data}`), budget, (path) => {
      const length = config.data.length + 1 + path.reduce((sum, part) => sum + 1 + loggedLength(part), 0);
      bytes = Math.max(bytes, length);
      return true;
    });
    if (bytes >= LONGEST) found.push({ user: name, bytes });
    if (!isDone && (budget.folders <= 0 || budget.names <= 0 || Date.now() > budget.until)) break;
  }
  return found;
}

/** How many bytes a name takes in the log: strnvis(3) with VIS_CSTYLE | VIS_OCTAL escapes what is no printable ASCII. */
export function loggedLength(name: Buffer): number {
  let length = 0;
  for (const byte of name)
    length += byte === 0x5c || (byte >= 7 && byte <= 13) ? 2 : byte < 0x20 || byte >= 0x7f ? 4 : 1;
  return length;
}

export const judgeNames = (paths: readonly LongPath[]): Verdict[] =>
  paths.map(
    ({ user, bytes }): Verdict => ({
      ...{
        severity: 'note',
        what: `${user} has a path that takes ${bytes} bytes in the log`,
        gist: 'a customer has paths that are cut in the log',
        user,
      },
      why: 'sshd cuts a line after 500 bytes: byte counts of such files are not known, and are reported as such (log.c)',
      advice: 'ask the customer for shorter names',
    }),
  );
