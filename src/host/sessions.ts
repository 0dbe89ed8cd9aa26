import { isErrno } from '../errors.ts';
import type { Host } from './host.ts';
import type { KindOnHost } from './kind.ts';
import { namespaceOf, processes, type Running, signal, wordsOf } from './processes.ts';
import { readRegister } from './register.ts';
import { hostKind, until } from './services/services.ts';

const PATIENCE_SECONDS = 5;

/** A process of sshd's; from OpenSSH 9.8 on, those that serve a connection have a name of their own. */
export const isSshd = ({ name }: Running): boolean => name === 'sshd' || name === 'sshd-session';

/**
 * The running sessions of accounts, ended so that the bytes of their last transfers are still logged: their monitors
 * are asked to end, internal-sftp then sees the end of its input, logs its open files and closes. What stays is killed.
 */
export const sessions: KindOnHost<'sessions'> = {
  read(host, at) {
    return ofCustomers(uidsOfCustomers(host, at)).length > 0 ? null : { ended: true };
  },

  async put(host, at, state) {
    const uids = uidsOfCustomers(host, at);
    if (state === null || uids.size === 0) return;
    const asked = askToEnd(uids, new Set(at.split(' ')));
    // What is asked stays a short list: whoever knocks again and again at a locked account is no session of it.
    const serving = () => processes().filter((one) => asked.has(one.pid) || (isSshd(one) && uids.has(one.uid)));
    await until('sessions do not end', PATIENCE_SECONDS, () => noneOf(serving())).catch(() => {});
    await endUserManagers(host, uids);
    for (const { pid } of ofCustomers(uids)) signal(pid, 'SIGKILL');
    const left = () => noneOf(ofCustomers(uids));
    await until(`processes of ${at.replaceAll(' ', ', ')} do not end`, PATIENCE_SECONDS, left);
  },
};

const noneOf = (running: readonly Running[]): true | null => (running.length === 0 ? true : null);

/**
 * Asks the monitors to end, also those of logins that sshd has just admitted and not yet served; and where a monitor was
 * killed, what is left of its connection.
 */
function askToEnd(uids: ReadonlySet<number>, names: ReadonlySet<string>): Set<number> {
  const all = processes();
  const own = all.filter((one) => uids.has(one.uid) && isOnThisHost(one));
  const parents = new Set(own.map(({ parent }) => parent));
  const monitors = all.filter(
    (one) => isSshd(one) && one.uid === 0 && (parents.has(one.pid) || names.has(monitoredBy(one))) && isOnThisHost(one),
  );
  const known = new Set(monitors.map(({ pid }) => pid));
  const orphans = own.filter((one) => isSshd(one) && parents.has(one.pid) && !known.has(one.parent));
  for (const { pid } of [...monitors, ...orphans]) signal(pid, 'SIGTERM');
  return new Set([...known, ...orphans.map(({ pid }) => pid)]);
}

/** Whose connection a monitor is for: `sshd: NAME [priv]`, from the moment in which the name is known. */
const monitoredBy = ({ pid }: Running): string =>
  /^sshd(?:-session)?: (\S+) \[priv\]/.exec(wordsOf(pid).join(' '))?.[1] ?? '';

/** With libpam-systemd a manager of the user's own outlives the sessions for ten seconds, and userdel refuses meanwhile. */
async function endUserManagers(host: Host, uids: ReadonlySet<number>): Promise<void> {
  if (hostKind(host) !== 'systemd') return;
  const managers = [...new Set(ofCustomers(uids).map(({ uid }) => `user@${uid}.service`))];
  if (managers.length > 0) await host.run('systemctl', ['stop', ...managers]);
}

const ofCustomers = (uids: ReadonlySet<number>): Running[] =>
  uids.size === 0 ? [] : processes().filter((one) => uids.has(one.uid) && isOnThisHost(one));

/** A container on this host may use the same uids for its own. */
function isOnThisHost({ pid }: Running): boolean {
  try {
    return namespaceOf(pid) === namespaceOf('self');
  } catch (error) {
    // Inside most containers, where that cannot be seen, nor any other container.
    if (isErrno(error, 'EACCES') || isErrno(error, 'EPERM')) return true;
    throw error;
  }
}

/** On an image nothing runs; and nothing of root's is ever ended. */
function uidsOfCustomers(host: Host, names: string): Set<number> {
  if (host.sysroot !== '') return new Set();
  const { users } = readRegister(host);
  return new Set(names.split(' ').flatMap((name) => users.get(name)?.uid || []));
}
