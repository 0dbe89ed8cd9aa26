import { lstatSync, type Stats } from 'node:fs';
import { reasonOf, refused } from '../errors.ts';
import { listJails } from './jails.ts';
import { finish, newRound, type Round, takePart } from './refresh-loop.ts';
import { type Failure, jailIsSymlink } from './refresh-reasons.ts';
import { counts, failures, markChanged } from './refresh-tally.ts';
import { sameInode } from './relink.ts';

export interface Refreshed {
  /** Jails whose link was missing or led elsewhere. */
  changed: number;
  current: number;
  failed: Failure[];
}

export interface RefreshLimits {
  /** More jails than this are refused: ext4 has room for 65,000 links of one inode, of which removed jails hold some. */
  links?: number;
  /** Up to so many jails, threads take longer to start than they save. */
  oneThread?: number;
  /** The program of a thread, where it is not the one of the build. */
  worker?: string;
}

/** How often the socket may be replaced under our hands. */
const ROUNDS = 5;

/**
 * Points `dev/log` of every jail below `root` at the socket. A jail that cannot be linked is reported and the others are
 * done; one without `dev`, or one that vanishes meanwhile, is passed over. Takes no lock.
 *
 * @throws OperatorError `refused`, with nothing touched: no socket, no root, or more jails than a socket can have links
 */
export async function refreshLinks(root: string, socket: string, limits: RefreshLimits = {}): Promise<Refreshed> {
  const { links = 60_000, oneThread = 20_000, worker } = limits;
  let inode = socketAt(socket);
  if (inode === null) throw refused(`there is no log socket at ${socket}`, 'sftpjail init');
  const { folders: jails, symlinks } = listJails(root);
  if (jails.length > links) throw tooManyLinks(root, jails.length, links);

  const marks = new Uint8Array(jails.length);
  for (let count = 1; ; count++) {
    const round = newRound({ root, socket, inode: { dev: inode.dev, ino: inode.ino }, jails });
    await goOver(round, jails.length > oneThread, worker);
    const changes = markChanged(marks, round);

    const now = await socketAtRest(socket);
    const same = now !== null && sameInode(now, inode);
    // Another number of links than ours alone would make it: another run may have left us a draft (see relink).
    const undisturbed = changes === 0 || now?.nlink === inode.nlink + changes;
    if (now !== null && !(same && undisturbed) && count < ROUNDS) {
      inode = now;
      continue;
    }
    const failed = [...symlinks.map((name) => jailIsSymlink(`${root}/${name}`)), ...failures(round)];
    if (now === null) failed.push({ path: socket, reason: 'the log socket went away meanwhile' });
    else if (!same) failed.push({ path: socket, reason: 'was replaced again and again meanwhile' });
    return { ...counts(marks, round), failed };
  }
}

async function goOver(round: Round, inThreads: boolean, worker: string | undefined): Promise<void> {
  if (inThreads) {
    const { takePartInThreads } = await import('./refresh-threads.ts');
    await takePartInThreads(round, worker);
  } else takePart(round);
  finish(round);
}

/** Null where there is none; another kind of file is none. */
function socketAt(path: string): Stats | null {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found?.isSocket() ? found : null;
  } catch (error) {
    throw refused(`cannot look at the log socket: ${reasonOf(error)}`, `ls -l ${path}`);
  }
}

/** A restarting rsyslog takes its socket away for a moment before it makes the next one. */
async function socketAtRest(path: string): Promise<Stats | null> {
  for (let waits = 0; waits < 20 && socketAt(path) === null; waits++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return socketAt(path);
}

const tooManyLinks = (root: string, jails: number, links: number) =>
  refused(
    `${root} has ${jails} jails, and one socket is linked into ${links} at most: ext4 allows 65,000 links of one inode`,
    'set "log.socket: per-jail" in the configuration, then run: sftpjail init',
  );
