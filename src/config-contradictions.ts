import type { Config } from './config.ts';
import { bytesOf, millisecondsOf, placeOf } from './spec.ts';

/** Groups of people who administer hosts. */
const SYSTEM_GROUPS: ReadonlySet<string> = new Set(['root', 'sudo', 'wheel', 'adm', 'users', 'staff']);

/** What no key says by itself: the first thing in which two disagree, or that this host cannot be; undefined where nothing is. */
export function contradictionIn(config: Config): string | undefined {
  const { groups, uids, root, log, mail, watch, share, forensic, ledger } = config;
  const names = Object.values(groups);
  if (new Set(names).size < names.length) return 'groups: two of the four groups have the same name';
  const foreign = names.find((name) => SYSTEM_GROUPS.has(name));
  if (foreign) return `groups: everybody in ${foreign} would be locked into a jail`;
  if (uids.first > uids.last) return 'uids: first is greater than last';
  if (`${log.file}/`.startsWith(`${root}/`)) return 'log.file: the log must not stand below root';
  if (`${log.sshd}/`.startsWith(`${root}/`)) return 'log.sshd: the log must not stand below root';
  const senders = Object.keys(log.senders);
  if (log.receive !== null && senders.length === 0)
    return 'log.receive: whoever reaches the port could invent transfers, so log.senders has to name each host by its address, for instance { 10.0.0.3: sftp3 }';
  if (log.receive === null && senders.length > 0) return 'log.senders: nothing is received, it needs log.receive';
  if (log.receive !== null && senders.includes(placeOf(log.receive).host))
    return 'log.senders: an address of this host is there, and anybody with an account here could send from it';
  if (`${watch.metricsFile}/`.startsWith(`${root}/`))
    return 'watch.metricsFile: it must not stand below root, where customers can put something in its place';
  // sockaddr_un.sun_path holds 108 bytes with its NUL; rsyslog cuts a longer one in silence.
  if (`${root}/dev/log`.length > 107) return 'root: the path of its log socket would be longer than 107 bytes';
  const { smtp } = mail;
  if ((smtp.user === null) !== (smtp.passwordFile === null))
    return 'mail.smtp: a user needs a passwordFile, and the other way round';
  if (smtp.user !== null && smtp.tls !== 'starttls' && smtp.tls !== 'implicit')
    return 'mail.smtp: a password is only sent encrypted, so tls has to be starttls or implicit';
  if (share.writable && !watch.enabled) return 'share.writable: it is done by the daemon, so it needs watch.enabled';
  if (ledger.passwordFile !== null && !ledger.database.startsWith('postgres'))
    return 'ledger.passwordFile: SQLite knows no password';
  if (`${ledger.database}/`.startsWith(`${root}/`)) return 'ledger.database: the ledger must not stand below root';
  if (millisecondsOf(watch.retry.first) < 1000) return 'watch.retry.first: less than a second';
  if (forensic.enabled && !watch.enabled)
    return 'forensic.enabled: nobody would hold the messages, so watch.enabled has to be true too';
  const memory = bytesOf(forensic.memory);
  if (memory < 1 << 20 || memory > 512 << 20) return 'forensic.memory: expects 1M to 512M';
  return undefined;
}
