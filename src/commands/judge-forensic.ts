import { FORENSIC_LOG } from '../conf/forensic.ts';
import { RSYSLOG_DROP_IN } from '../conf/rsyslog.ts';
import { parseRsyslogStatements } from '../conf/rsyslog-statements.ts';
import { SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import { CONFIG_PATH } from '../config.ts';
import { refused } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { readIncluded } from '../host/included.ts';
import { textOrNull } from '../host/read.ts';
import { readSshdConfig } from '../host/sshd-config.ts';
import type { HostFacts } from '../plan/facts.ts';
import { hasUnits } from '../plan/host.ts';

const SWITCH_OFF = `or set "forensic: { enabled: false }" in ${CONFIG_PATH}`;

/** Refuses a host on which debug messages would not come to us, or to more than us. @throws OperatorError `refused` */
export function judgeForensic(host: Host, { config, kind }: HostFacts): void {
  if (!config.forensic.enabled) return;
  if (!hasUnits(kind))
    throw refused(
      'forensic.enabled: the messages go through a mount of systemd, which does not run this host',
      `edit ${CONFIG_PATH}`,
    );
  if (config.log.file === FORENSIC_LOG)
    throw refused(`log.file: ${FORENSIC_LOG} is where the messages are written down`, `edit ${CONFIG_PATH}`);
  const before = readSshdConfig(host)
    .filter(({ keyword, match }) => keyword === 'loglevel' && match.length === 0)
    .slice(0, 1)
    .find(({ file, args }) => file !== SSHD_DROP_IN && !/^debug/i.test(args[0] ?? ''));
  // What stands in the main file, below its Include line, is read after ours.
  if (before && isBeforeOurs(host, before))
    throw refused(
      `${before.file}:${before.line}: ${before.text}: read before ours, so sshd would print no debug messages`,
      `remove that line, ${SWITCH_OFF}`,
    );
  if (!readsHostSocket(host))
    throw refused(
      'forensic.enabled: rsyslogd reads the journal and not the socket of the host, so debug messages would not come to us',
      `have imuxsock read it (SysSock.Use="on" in place of imjournal), ${SWITCH_OFF}`,
    );
}

/** What imjournal reads is what the journal keeps, and that is to be no debug message. */
function readsHostSocket(host: Host): boolean {
  const files = [
    { file: '/etc/rsyslog.conf', text: textOrNull(host.followed('/etc/rsyslog.conf')) ?? '' },
    ...readIncluded(host, '/etc/rsyslog.d/*.conf').filter(({ file }) => file !== RSYSLOG_DROP_IN),
  ];
  const statements = files.flatMap(({ text }) => parseRsyslogStatements(text));
  return statements.some((statement) => {
    if (statement.kind === 'directive') return statement.name === 'modload' && statement.value === 'imuxsock';
    const { name, params } = statement;
    return name === 'module' && params.get('load') === 'imuxsock' && params.get('syssock.use')?.toLowerCase() !== 'off';
  });
}

/** sshd takes the first value that it reads. */
function isBeforeOurs(host: Host, { file, line }: { file: string; line: number }): boolean {
  const directives = readSshdConfig(host);
  const including = directives.findIndex(
    ({ keyword, args }) => keyword === 'include' && args.some((arg) => arg.includes('sshd_config.d')),
  );
  const own = directives.findIndex((each) => each.file === file && each.line === line);
  return own < including || (file.startsWith('/etc/ssh/sshd_config.d/') && file < SSHD_DROP_IN);
}
