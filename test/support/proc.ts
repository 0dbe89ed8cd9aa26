import { readFileSync } from 'node:fs';

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/**
 * True for the first process of a PID namespace below ours, once it is what was to be started there: before that,
 * nspawn has not yet given it all of its namespaces, and who enters them with it stays outside of some.
 */
export function isInit(pid: number): boolean {
  return /^NSpid:\t\d+\t1$/m.test(read(`/proc/${pid}/status`)) && read(`/proc/${pid}/comm`).trim() !== 'systemd-nspawn';
}

export function isAlive(pid: number): boolean {
  return read(`/proc/${pid}/stat`) !== '' && !/^State:\tZ/m.test(read(`/proc/${pid}/status`));
}
