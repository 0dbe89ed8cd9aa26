import { existsSync } from 'node:fs';
import type { Context } from '../context.ts';
import { SSHD_LOGS } from '../host/log-choice.ts';

/** The log that sessions are in, and sshd's own. */
export function followedLogs({ config, host }: Pick<Context, 'config' | 'host'>): string[] {
  const { file, sshd } = config.log;
  const own = sshd === 'auto' ? SSHD_LOGS.find((path) => existsSync(path)) : sshd;
  return [file, ...(own === undefined ? [] : [own])].map((path) => host.followed(path));
}
