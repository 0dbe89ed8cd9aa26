import { lstatSync } from 'node:fs';
import { draftOf } from './draft.ts';
import { type Inode, relink } from './relink.ts';

/** What became of one jail; a failed system call is its errno, negative as Node gives it. */
export const OUTCOME = { unseen: 0, absent: 1, current: 2, changed: 3, devIsSymlink: 4, devIsFile: 5 } as const;

/** One round over all jails, which several threads can share. */
export interface Round {
  root: string;
  socket: string;
  inode: Inode;
  jails: readonly string[];
  /** One number, in shared memory: how many jails are taken by some thread. */
  taken: Int32Array;
  /** One outcome for each jail, in shared memory. */
  outcomes: Int32Array;
}

const BATCH = 64;
/** draftOf for a folder's `log`, without taking paths apart for each of many thousand jails. */
const DRAFT = draftOf('/log');

export function newRound(target: Pick<Round, 'root' | 'socket' | 'inode' | 'jails'>): Round {
  const memory = (length: number) => new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
  return { ...target, taken: memory(1), outcomes: memory(target.jails.length) };
}

/** Takes jails of the round until none is left. Synchronous calls, because a promise for each costs five times as much. */
export function takePart(round: Round): void {
  const { jails, taken, outcomes } = round;
  for (let first = Atomics.add(taken, 0, BATCH); first < jails.length; first = Atomics.add(taken, 0, BATCH))
    for (let i = first; i < Math.min(first + BATCH, jails.length); i++)
      outcomes[i] = relinkJail(round, jails[i] as string);
}

/** What threads that died took and did not do. */
export function finish(round: Round): void {
  round.jails.forEach((jail, i) => {
    if (round.outcomes[i] === OUTCOME.unseen) round.outcomes[i] = relinkJail(round, jail);
  });
}

function relinkJail({ root, socket, inode }: Round, jail: string): number {
  const dev = `${root}/${jail}/dev`;
  try {
    const found = lstatSync(dev, { throwIfNoEntry: false });
    if (found === undefined) return OUTCOME.absent;
    if (!found.isDirectory()) return found.isSymbolicLink() ? OUTCOME.devIsSymlink : OUTCOME.devIsFile;
    return relink(socket, inode, `${dev}/log`, dev + DRAFT) ? OUTCOME.changed : OUTCOME.current;
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    if (code === 'ENOENT' && vanished(dev)) return OUTCOME.absent;
    return -Math.abs(errno);
  }
}

function vanished(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
