import type { Host } from './host.ts';
import type { KindOnHost } from './kind.ts';
import { processes, type Running, signal } from './processes.ts';
import { readRegister } from './register.ts';
import { until } from './services/services.ts';

/** A process of sshd's; from OpenSSH 9.8 on, those that serve a connection have a name of their own. */
export const isSshd = ({ name }: Running): boolean => name === 'sshd' || name === 'sshd-session';

/**
 * The running sessions of an account, ended so that the bytes of their last transfers are still logged: their monitors
 * are asked to end, internal-sftp then sees the end of its input, logs its open files and closes. What stays is killed.
 */
export const sessions: KindOnHost<'sessions'> = {
  read(host, at) {
    const uid = uidOfCustomer(host, at);
    return uid !== null && processes().some((process) => process.uid === uid) ? null : { ended: true };
  },

  async put(host, at, state) {
    const uid = uidOfCustomer(host, at);
    if (state === null || uid === null) return;
    const all = processes();
    const own = all.filter((process) => process.uid === uid);
    const parents = new Set(own.map(({ parent }) => parent));
    const monitors = all.filter((process) => isSshd(process) && process.uid === 0 && parents.has(process.pid));
    for (const { pid } of monitors) signal(pid, 'SIGTERM');
    try {
      await gone(uid, 5);
    } catch {
      for (const { pid } of processes().filter((process) => process.uid === uid)) signal(pid, 'SIGKILL');
      await gone(uid, 5);
    }
  },
};

/** On an image nothing runs; and nothing of root's is ever ended. */
function uidOfCustomer(host: Host, name: string): number | null {
  const uid = host.sysroot === '' ? readRegister(host).users.get(name)?.uid : undefined;
  return uid === undefined || uid === 0 ? null : uid;
}

const gone = (uid: number, seconds: number) =>
  until(`processes of uid ${uid} do not end`, seconds, () =>
    processes().some((process) => process.uid === uid) ? null : true,
  );
