import { type LogSettings, writeLog } from './log.ts';
import type { Line, SessionTruth } from './truth.ts';

/**
 * The two files of one host: what sshd's monitors log goes to the host's, what the jails' socket gets to the jails'; and
 * sshd's lines from there to both (/etc/rsyslog.d/30-sftpjail.conf).
 */
export function asRsyslogWrites(truths: readonly SessionTruth[], how: LogSettings): { host: Buffer; jail: Buffer } {
  const only = (isIn: (line: Line) => boolean) =>
    writeLog(
      truths.map((truth) => ({ ...truth, lines: truth.lines.filter(isIn) })),
      how,
    ).bytes;
  return {
    host: only(({ source, tag }) => source === 'host' || tag.startsWith('sshd')),
    jail: only(({ source }) => source === 'jail'),
  };
}
