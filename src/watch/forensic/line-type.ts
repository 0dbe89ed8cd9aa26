import type { LineType } from '../../config.ts';

const DEBUG = /^debug[123]: /;
const TRANSFER = /^(?:forced )?(?:open|close) "/;
const PAM = /^pam_\w+\(|^PAM[: ]/;

/** What kind of line this is, by who said it and how it begins. */
export function lineType(program: 'sshd' | 'sftp', text: string): LineType {
  if (DEBUG.test(text)) return 'TraceLog';
  if (program === 'sftp') return TRANSFER.test(text) ? 'TransferLog' : 'ExtendedLog';
  return PAM.test(text) ? 'SystemLog' : 'syslog';
}

/** syslog's number for it, where only the text tells (log.c, do_log). */
export function levelOf(text: string): number {
  if (DEBUG.test(text)) return 7;
  if (text.startsWith('error: ')) return 3;
  return text.startsWith('fatal: ') ? 2 : 6;
}
