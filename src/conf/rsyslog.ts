import type { Config } from '../config.ts';
import type { RsyslogFacts } from '../plan/facts.ts';
import { renderTemplate } from './template.ts';

export const RSYSLOG_DROP_IN = '/etc/rsyslog.d/30-sftpjail.conf';

export interface RsyslogValues extends RsyslogFacts {
  config: Config;
  /** Where rsyslog reads: the shared socket, or those of all jails. */
  sockets: readonly string[];
}

export const renderRsyslog = (template: string, { config, ...values }: RsyslogValues): string =>
  renderTemplate(template, { ...values, logFile: config.log.file, isForensic: config.forensic.enabled });
