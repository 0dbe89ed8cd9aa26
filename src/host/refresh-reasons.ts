import { getSystemErrorName } from 'node:util';
import { OUTCOME } from './refresh-loop.ts';

const SYMLINK = 'is a symlink, and none is followed: make it a directory (its data folder may be a mount)';

const REASONS: Readonly<Record<string, string>> = {
  EXDEV: 'the jail stands on another file system or mount than the log socket: only its data folder may be a mount',
  EMLINK: 'the file system allows no more links of one socket: set log.socket: per-jail',
  EPERM: 'not permitted: this takes root with all capabilities (in a systemd unit: ExecStartPost=-+PROGRAM)',
  EACCES: 'permission denied: this takes root',
  EROFS: 'the file system is mounted read-only',
  ENOSPC: 'no space left on the file system',
  EISDIR: 'is a directory where the log socket should be',
  EEXIST: 'what stands beside it as .log.sftpjail~ cannot be removed',
  ENOENT: 'the log socket went away meanwhile',
};

export interface Failure {
  path: string;
  /** What the operator should read after the path. */
  reason: string;
}

/** Why a jail could not be linked, or null for one that needs no word. */
export function failureOf(jail: string, outcome: number): Failure | null {
  if (outcome === OUTCOME.devIsSymlink) return { path: `${jail}/dev`, reason: SYMLINK };
  if (outcome === OUTCOME.devIsFile) return { path: `${jail}/dev`, reason: 'is not a directory' };
  if (outcome >= 0) return null;
  const name = getSystemErrorName(outcome);
  return { path: `${jail}/dev/log`, reason: REASONS[name] ?? name };
}

export const jailIsSymlink = (jail: string): Failure => ({ path: jail, reason: SYMLINK });
