import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { isErrno } from '../errors.ts';

export interface Running {
  pid: number;
  parent: number;
  name: string;
  uid: number;
}

/** Content when the process has ended meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}

/** Every process, by /proc; one that ends meanwhile is left out, and so is a zombie. */
export function processes(): Running[] {
  return readdirSync('/proc').flatMap((entry): Running[] => {
    if (!/^\d+$/.test(entry)) return [];
    const status = ofProcess(() => readFileSync(`/proc/${entry}/status`, 'utf8'));
    const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status ?? '')?.[1] ?? '';
    if (status === null || field('State') === 'Z') return [];
    return [{ pid: Number(entry), parent: Number(field('PPid')), name: field('Name'), uid: Number(field('Uid')) }];
  });
}

/** The words that a process was started with, or that it shows in their place. */
export const wordsOf = (pid: number): string[] =>
  (ofProcess(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? '').split('\0').filter((word) => word !== '');

/** The daemon of that name that serves this host, whether it keeps a pid file or not; not one of a container on it. */
export function findDaemon(name: string): number | null {
  const all = processes();
  const namespace = namespaceOf('self');
  const sameName = new Set(all.filter((running) => running.name === name).map(({ pid }) => pid));
  const found = all.find(
    ({ pid, parent, uid }) =>
      sameName.has(pid) && !sameName.has(parent) && uid === 0 && namespaceOf(pid) === namespace && !isSession(pid),
  );
  return found?.pid ?? null;
}

/** A session of sshd whose listener has ended, which is nobody's child any more: `sshd: NAME [priv]`. */
const isSession = (pid: number): boolean => /^sshd: (?!.*\[listener\])/.test(wordsOf(pid)[0] ?? '');

/** Which processes this one can see; those of a container on this host see only their own. */
export const namespaceOf = (pid: number | 'self'): string | null =>
  ofProcess(() => readlinkSync(`/proc/${pid}/ns/pid`));

/** What a look at a process finds, or null for one that is gone. */
export function ofProcess<Found>(look: () => Found): Found | null {
  try {
    return look();
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return null;
    throw error;
  }
}
