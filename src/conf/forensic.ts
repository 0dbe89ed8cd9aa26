import type { Config } from '../config.ts';
import { mountUnitName, unitPath } from './systemd.ts';
import { renderTemplate } from './template.ts';

/** Where rsyslogd leaves what is to be held in memory: a small file system of ours, lost with the power. */
export const FORENSIC_MOUNT = '/run/sftpjail-forensic';
/** Within it, made by whoever reads: while it is missing rsyslogd writes nothing. */
export const FORENSIC_LINES = `${FORENSIC_MOUNT}/lines`;
export const FORENSIC_MOUNT_NAME = mountUnitName(FORENSIC_MOUNT);
export const FORENSIC_MOUNT_UNIT = unitPath(FORENSIC_MOUNT_NAME);
/** The template of it, whose own name is one that systemd demands. */
export const FORENSIC_MOUNT_TEMPLATE = unitPath('sftpjail-forensic.mount');

export const FORENSIC_LOG_FOLDER = '/var/log/sftpjail';
export const FORENSIC_LOG = `${FORENSIC_LOG_FOLDER}/forensic.log`;

/** Sorts before whatever has rules of its own. */
export const FORENSIC_RSYSLOG = '/etc/rsyslog.d/00-sftpjail-forensic.conf';
export const FORENSIC_JOURNALD = '/etc/systemd/journald.conf.d/50-sftpjail.conf';
export const JOURNALD_NAME = 'systemd-journald.service';
export const FORENSIC_SSHD_SERVICE = unitPath('ssh.service.d/50-sftpjail.conf');

/** How loudly sshd has to speak: at least at DEBUG1. */
export const sshdLevel = ({ forensic, sshd }: Config): string =>
  forensic.enabled && !sshd.logLevel.startsWith('DEBUG') ? 'DEBUG1' : sshd.logLevel;

export const sftpLevel = ({ forensic, sftp }: Config): string =>
  forensic.enabled && forensic.sftp !== 'verbose' ? forensic.sftp.toUpperCase() : sftp.logLevel;

const SIZE = '64M';
/** What the mount must have beside its size. */
export const MOUNT_OPTIONS = ['nosuid', 'nodev', 'noexec', 'nosymfollow'] as const;

/** @param isRoot whether rsyslogd writes as root, whom no mode keeps out */
export const renderForensicMount = (
  template: string,
  { user, group, isRoot }: { user: string; group: string; isRoot: boolean },
): string =>
  renderTemplate(template, {
    mount: FORENSIC_MOUNT,
    options: [
      `size=${SIZE}`,
      'nr_inodes=4k',
      `mode=${isRoot ? 2750 : 2770}`,
      `uid=${user}`,
      `gid=${group}`,
      ...MOUNT_OPTIONS,
    ].join(','),
  });

/** @param owner of the files, who may cut off what was read */
export const renderForensicRsyslog = (template: string, values: { owner: string; group: string }): string =>
  renderTemplate(template, { folder: FORENSIC_LINES, ...values });
