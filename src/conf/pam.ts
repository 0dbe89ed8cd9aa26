import type { Config } from '../config.ts';
import type { Self } from '../plan/facts.ts';
import { millisecondsOf } from '../spec.ts';
import { ownCommand } from './systemd.ts';

/** sshd's own file of Linux-PAM, which is the distribution's; one line of it is ours. */
export const PAM_SSHD = '/etc/pam.d/sshd';

/** What our line ends with, and no other. */
const MARK = ' # sftpjail';

/** Linux-PAM 1.5 reads lines of 1,023 bytes. */
export const LONGEST_PAM_LINE = 1000;

/** Seconds that we may take beyond what the command may. */
const OURS = 10;

/**
 * The line that has a command run before each session of a customer; null where none is wanted.
 *
 * It is read for every login, so it passes whoever is not in one of our groups, root first of all, by nothing but the
 * shell: without sftpjail or Node it does so too, and `required` can keep out none but customers. Of what a user can put
 * into PAM's environment (pam_env's `user_readenv`, which Debian 12 has switched on) nothing is there yet when a session
 * opens, because the line stands above all others of its kind; when one closes it is, so that nothing is run then.
 */
export function renderPamLine({ config, self }: { config: Config; self: Self }): string | null {
  const { 'before-session': before, 'after-session': after } = config.hooks;
  if (before === null && after === null) return null;
  const { only, readOnly, admin } = config.groups;
  const groups = [only, readOnly, admin].map((group) => `*" ${group} "*`).join('|');
  const seconds = Math.ceil((before === null ? 0 : millisecondsOf(before.timeout)) / 1000) + OURS;
  const passed = ['PAM_USER', 'PAM_RHOST', 'SSH_CONNECTION'].map((name) => `${name}="$${name}"`);
  const command = `/usr/bin/env -i MONITOR=$PPID ${passed.join(' ')} /usr/bin/timeout -k 5 ${seconds} ${ownCommand(self, 'session-hook')}`;
  const script = `case $PAM_USER in root) exit;; esac; case " $(/usr/bin/id -Gn -- "$PAM_USER") " in ${groups}) exec ${command};; esac`;
  const control = before?.required ? 'required' : 'optional';
  return `session ${control} pam_exec.so quiet type=open_session /bin/sh -c [${script}]${MARK}`;
}

const isOurs = (line: string): boolean => line.endsWith(MARK);

/** Our line in a text, or null. */
export const pamLineIn = (text: string): string | null => {
  const found = text.split('\n').filter(isOurs);
  return found.length === 0 ? null : found.join('\n');
};

/** The text with that line above the first of its kind, or without one; everything else stays as it is, to the byte. */
export function withPamLine(text: string, line: string | null): string {
  const lines = text.split('\n').filter((each) => !isOurs(each));
  if (line === null) return lines.join('\n');
  const first = lines.findIndex((each) => /^-?session\s/.test(each));
  // Above a last line that is empty, or no line at all.
  return lines.toSpliced(Math.max(0, first), 0, line).join('\n');
}
