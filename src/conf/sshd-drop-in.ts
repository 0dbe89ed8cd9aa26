import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Role } from '../plan/facts.ts';
import type { Facility, LogLevel } from '../spec.ts';
import { sftpLevel, sshdLevel } from './forensic.ts';
import { renderTemplate } from './template.ts';

export const SSHD_DROP_IN = '/etc/ssh/sshd_config.d/50-sftpjail.conf';
export const KEYS_FOLDER = '/etc/sftpjail/keys';

/** The one method that sshd offers for the name of the proof; nothing else offers just this one. */
export const PROOF_METHOD = 'hostbased';

/** sshd splits a ForceCommand at spaces and keeps nine words (session.c, do_child and its ARGV_MAX). */
const WORDS_OF_A_COMMAND = 9;

export interface DropInValues {
  config: Config;
  /** Accounts with a level or facility of their own. */
  exceptions: readonly { name: string; role: Role; logLevel?: LogLevel; facility?: Facility }[];
  /** Accounts that have a password. */
  passwordUsers: readonly string[];
}

/**
 * The command that a role is held to. Options are attached to their letters, because words after the ninth vanish in
 * silence, and `-R` stands first, because a session without it could write.
 */
function forceCommand(config: Config, role: Role, own: { logLevel?: LogLevel; facility?: Facility } = {}): string {
  const { umask, facility, symlinks } = config.sftp;
  const words = [
    'internal-sftp',
    ...(role === 'readOnly' ? ['-R'] : []),
    `-l${own.logLevel ?? sftpLevel(config)}`,
    `-f${own.facility ?? facility}`,
    `-u${umask}`,
    ...(role === 'admin' ? [] : [`-d/${config.data}`]),
    ...(role !== 'admin' && symlinks === 'deny' ? ['-Psymlink'] : []),
  ];
  if (words.length > WORDS_OF_A_COMMAND) throw new Error(`sshd would drop words of: ${words.join(' ')}`);
  return words.join(' ');
}

/** Where a role is locked in; sshd puts the login name for `%u`. */
const chrootOf = (config: Config, role: Role): string => (role === 'admin' ? config.root : `${config.root}/%u`);

const ROLES: readonly Role[] = ['readOnly', 'only', 'admin'];

export function renderSshdDropIn(template: string, { config, exceptions, passwordUsers }: DropInValues): string {
  const values = (proof: string) => ({
    globalLevel: config.forensic.enabled ? sshdLevel(config) : null,
    accounts: exceptions.map(({ name, role, ...own }) => ({
      name,
      sshdLevel: sshdLevel(config),
      command: forceCommand(config, role, own),
    })),
    passwordUsers: passwordUsers.join(','),
    roles: ROLES.map((role) => ({
      group: config.groups[role],
      chroot: chrootOf(config, role),
      command: forceCommand(config, role),
      keys: `${KEYS_FOLDER}/%u`,
      sshdLevel: sshdLevel(config),
    })),
    proof,
  });
  const unproved = renderTemplate(template, values(''));
  const digest = createHash('sha256').update(unproved).digest('hex');
  return renderTemplate(template, values(`sftpjail-${digest.slice(0, 16)}`));
}

/** The name by which the running sshd shows that it has read this text. @returns null for a text that is not ours */
export const proofNameIn = (text: string): string | null =>
  /^Match User (sftpjail-[0-9a-f]{16})$/m.exec(text)?.[1] ?? null;

/** What `sshd -T -C user=NAME` must print for an account of this role: keyword to value, chroot unexpanded. */
export const effectiveFor = (config: Config, role: Role, own: { logLevel?: LogLevel; facility?: Facility } = {}) => ({
  chrootdirectory: chrootOf(config, role),
  forcecommand: forceCommand(config, role, own),
  authorizedkeysfile: `${KEYS_FOLDER}/%u`,
  disableforwarding: 'yes',
  permittty: 'no',
  permittunnel: 'no',
  permituserrc: 'no',
});
