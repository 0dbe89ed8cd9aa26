import type { Config } from '../config.ts';
import type { RsyslogFacts } from '../plan/facts.ts';
import { placeOf } from '../spec.ts';
import { renderTemplate } from './template.ts';

export const RSYSLOG_DROP_IN = '/etc/rsyslog.d/30-sftpjail.conf';

/** Where it is noted that a line of another host was not believed; null where none is taken. */
export const refusedLog = ({ file, receive }: Config['log']): string | null =>
  receive === null ? null : `${file}.refused`;

export interface RsyslogValues extends RsyslogFacts {
  config: Config;
  /** Where rsyslog reads: the shared socket, or those of all jails. */
  sockets: readonly string[];
}

export function renderRsyslog(template: string, { config, ...values }: RsyslogValues): string {
  const { log, forensic } = config;
  const { file, forward, receive, senders } = log;
  return renderTemplate(template, {
    ...{ ...values, logFile: file, isForensic: forensic.enabled },
    ...{ forward: forward && placeOf(forward), receive: receive && placeOf(receive) },
    senders: Object.entries(senders).map(([address, name]) => ({ address, name })),
    refusedFile: refusedLog(log),
  });
}
