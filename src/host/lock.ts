import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isErrno, OperatorError, reasonOf, refused } from '../errors.ts';
import { removeDraft } from './draft.ts';
import type { Host } from './host.ts';
import { lstatOrNull } from './read.ts';
import { sameInode } from './relink.ts';
import { JOURNAL_PATH, LOCK_PATH, STATE_FOLDER } from './state.ts';

export interface Lock {
  close(): void;
}

const PATIENCE_SECONDS = 15;
/** EX_TEMPFAIL of sysexits.h: flock(1) waited in vain, and did not fail. */
const CONFLICT = 75;

/**
 * One changing command at a time. The lock is the kernel's (flock on a descriptor that ends with us however we end), so
 * none is ever stale; the file only says who holds it. Account tools inherit the descriptor: one that outlives us keeps
 * the lock until it has done what it was told.
 *
 * @param onWait told what the file says of the holder, when the lock is not free; again for each further holder
 * @param signal ends the waiting
 * @throws OperatorError `refused` when one and the same command held it for 15 s, `interrupted`
 */
export async function openLock(
  host: Host,
  command: string,
  signal: AbortSignal,
  onWait: (holder: string) => void,
): Promise<Lock> {
  const path = host.path(LOCK_PATH);
  for (;;) {
    const { descriptor, isNew } = openLockFile(host);
    const isHeld = await flock(descriptor, signal, () => onWait(holderIn(path))).catch((error: unknown) => {
      closeSync(descriptor);
      if (isNew) clear(host);
      if (signal.aborted) throw new OperatorError('interrupted', 'interrupted, nothing changed');
      throw refused(`cannot lock ${LOCK_PATH}: ${reasonOf(error)}`, `flock ${LOCK_PATH} true`);
    });
    // The one before us removes the file while it still holds the lock: what we got may be the lock of a removed file.
    const now = lstatOrNull(path);
    if (isHeld && now && sameInode(fstatSync(descriptor), now)) return held(host, command, descriptor);
    closeSync(descriptor);
    if (!isHeld)
      throw refused(
        `another command is changing this host: ${holderIn(path)}`,
        'wait for it to end, then run this again',
      );
  }
}

function held(host: Host, command: string, descriptor: number): Lock {
  const close = () => {
    host.lockDescriptor = null;
    clear(host);
    closeSync(descriptor);
  };
  try {
    writeFileSync(host.path(LOCK_PATH), `${command} (pid ${process.pid})\n`);
    // What a run that was killed before its first change left behind.
    if (lstatOrNull(host.path(JOURNAL_PATH)) === null) removeDraft(host.path(JOURNAL_PATH));
    host.lockDescriptor = descriptor;
    return { close };
  } catch (error) {
    close();
    throw refused(`cannot write to ${LOCK_PATH}: ${reasonOf(error)}`, `df ${STATE_FOLDER}`);
  }
}

function holderIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'another command';
  } catch {
    return 'another command';
  }
}

const LOCK_FILE = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

/** @returns the open file, and whether there was none */
function openLockFile(host: Host): { descriptor: number; isNew: boolean } {
  const folder = host.path(STATE_FOLDER);
  const path = host.path(LOCK_PATH);
  try {
    if (lstatOrNull(folder) === null) mkdirSync(folder, { mode: 0o700 });
    const isNew = lstatOrNull(path) === null;
    return { descriptor: openSync(path, LOCK_FILE, 0o600), isNew };
  } catch (error) {
    // The folder came or went meanwhile, with a command that had it to itself.
    const isRace = isErrno(error, 'EEXIST') || isErrno(error, 'ENOENT');
    if (isRace && lstatOrNull(dirname(folder)) !== null) return openLockFile(host);
    removeIfEmpty(folder);
    throw refused(
      `cannot make ${LOCK_PATH}: ${reasonOf(error)}`,
      `ls -ld ${STATE_FOLDER}; df ${dirname(STATE_FOLDER)}`,
    );
  }
}

/** flock(1) locks the descriptor that it inherits, and we go on holding it. @returns false when it waited in vain */
async function flock(descriptor: number, signal: AbortSignal, onWait: () => void): Promise<boolean> {
  const args = ['--exclusive', '--wait', String(PATIENCE_SECONDS), '--conflict-exit-code', String(CONFLICT), '3'];
  const stdio = ['ignore', 'ignore', 'ignore', descriptor] as const;
  const child = spawn('flock', args, { stdio: [...stdio], detached: true, signal });
  const patience = setTimeout(onWait, 300);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  }).finally(() => clearTimeout(patience));
  if (status !== 0 && status !== CONFLICT) throw new Error(`flock ended with status ${status}`);
  return status === 0;
}

/**
 * An empty folder of ours is a trace of a command that changed nothing, or took back everything. What cannot be removed
 * locks nobody out and goes with the next command.
 */
function clear(host: Host): void {
  try {
    rmSync(host.path(LOCK_PATH), { force: true });
    removeIfEmpty(host.path(STATE_FOLDER));
  } catch {
    // What was done, or why it was not, matters more.
  }
}

function removeIfEmpty(folder: string): void {
  try {
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  } catch {
    // As above.
  }
}
