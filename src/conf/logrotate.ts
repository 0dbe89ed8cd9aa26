import type { Config } from '../config.ts';
import type { HostKind } from '../plan/facts.ts';
import { FORENSIC_LOG } from './forensic.ts';
import { refusedLog } from './rsyslog.ts';
import { renderTemplate } from './template.ts';

export const LOGROTATE_DROP_IN = '/etc/logrotate.d/sftpjail';

export interface LogrotateValues {
  config: Config;
  kind: HostKind;
  owner: string;
  group: string;
  /** Set where the log's folder can be written by a group other than root's: logrotate refuses it without a `su` line. */
  folderGroup: string | null;
  /** Who writes down what went wrong, into a folder of their own; null where nobody does. */
  forensicUser: string | null;
}

export const renderLogrotate = (
  template: string,
  { config, kind, owner, group, folderGroup, forensicUser }: LogrotateValues,
): string =>
  renderTemplate(template, {
    logFiles: [config.log.file, refusedLog(config.log)].filter((file) => file !== null).join(' '),
    ...config.log.rotate,
    owner,
    group,
    forensicLog: forensicUser === null ? null : FORENSIC_LOG,
    forensicUser,
    su: folderGroup === null ? null : `root ${folderGroup}`,
    reopen: REOPEN[kind],
  });

/**
 * Our drop-in says what a reload is. Debian's own rsyslog-rotate would kill an rsyslogd that is just starting, and fails
 * where none runs, though there is nothing to reopen then.
 */
const SYSTEMD = 'systemctl try-reload-or-restart rsyslog.service';
const PID_FILE = 'test ! -f /run/rsyslogd.pid || kill -HUP "$(cat /run/rsyslogd.pid)"';
const REOPEN: Record<HostKind, string> = {
  systemd: SYSTEMD,
  image: SYSTEMD,
  openrc: PID_FILE,
  service: PID_FILE,
  none: PID_FILE,
};
