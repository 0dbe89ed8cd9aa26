import { readFileSync } from 'node:fs';
import type { UserName } from '../spec.ts';

const NAME = /^sftpjail-probe-(\d+)$/;

/** The account of `doctor --login`, for as long as this process lives. */
export const throwawayName = (): UserName => `sftpjail-probe-${process.pid}` as UserName;

/** Whether a name is that of such an account, and its process is gone. */
export function isLeftThrowaway(name: string): boolean {
  const pid = NAME.exec(name)?.[1];
  if (pid === undefined || Number(pid) === process.pid) return false;
  try {
    return !readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('doctor');
  } catch {
    return true;
  }
}
