import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './cache.ts';
import { isAlive } from './proc.ts';

export const RUNS = join(CACHE, 'run');
const PREFIX = 'sftpjail-';

/** Both hierarchies of a hybrid host, and the only one of a modern host. */
const CGROUPS = ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified', '/sys/fs/cgroup'];

/** Ends what still runs in a control group of ours, and removes the group. */
function endGroup(path: string): void {
  try {
    for (const pid of readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))
      process.kill(Number(pid), 'SIGKILL');
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) endGroup(join(path, entry.name));
    }
    rmdirSync(path);
  } catch {
    // A process has not quite ended; the next run's sweep gets it.
  }
}

export function nameRun(image: string, number: number): string {
  return `${PREFIX}${image}-${process.pid}-${number}`;
}

/** Removes what a run leaves on disk once its processes are gone. */
export function removeRun(name: string): void {
  rmSync(join(RUNS, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  rmSync(join(RUNS, `${name}.log`), { force: true });
  rmSync(join('/run/systemd/nspawn/propagate', name), { recursive: true, force: true });
  for (const root of CGROUPS) endGroup(join(root, name));
}

/** Removes what earlier runs left that were killed before they could. */
export function sweep(): void {
  mkdirSync(RUNS, { recursive: true });
  const found = [RUNS, ...CGROUPS].filter((root) => existsSync(root)).flatMap((root) => readdirSync(root));
  for (const name of new Set(found.filter((name) => name.startsWith(PREFIX)))) {
    const owner = Number(name.split('-').at(-2));
    if (!isAlive(owner)) removeRun(name);
  }
}
