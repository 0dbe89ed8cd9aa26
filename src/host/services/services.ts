import { existsSync, readFileSync } from 'node:fs';
import { isErrno } from '../../errors.ts';
import type { HostKind } from '../../plan/facts.ts';
import type { Host } from '../host.ts';
import type { SshdAddress } from '../probe.ts';

/** A daemon that reads files of ours, and what each way of changing them asks of it. */
export interface Daemon {
  /** Our files are in place: the running daemon reads them; where none runs, nothing is to be done or it is started. */
  use(): Promise<void>;
  /** Our files are gone: the daemon goes on as it would without us. */
  leave(): Promise<void>;
}

/** How sshd and rsyslog are brought to use what stands on the disk, on one kind of host. */
export interface Services {
  readonly kind: HostKind;
  readonly sshd: Daemon;
  /** Back in service when its promise is fulfilled. */
  readonly rsyslog: Daemon;
  /** The service manager reads its units again. */
  rereadUnits(): Promise<void>;
  /** The manager lets go of a log socket, and rsyslog keeps running; or no longer heeds a timer. */
  stopUnit(unit: string): Promise<void>;
  /** The manager starts a timer or mount anew, as its unit stands. */
  startUnit(unit: string): Promise<void>;
  /** Whether the manager has read its units as they stand, and the sockets among them are listening. */
  unitsAreCurrent(units: readonly string[]): Promise<boolean>;
  rsyslogPid(): Promise<number | null>;
  /** The process of a service that is up and was started from its unit as it stands, or null. */
  servicePid(unit: string): Promise<number | null>;
  /** The command that starts an sshd that does not run, or null where we start it ourselves or none can run. */
  readonly startSshd: string | null;
  /** Where a manager listens in sshd's place, or null where sshd itself does. */
  sshdSockets(): Promise<SshdAddress[] | null>;
}

/** Finds out what runs this host's services; nobody needs to be asked. */
export function hostKind(host: Host): HostKind {
  if (host.sysroot !== '') return 'image';
  if (existsSync('/run/systemd/system')) return 'systemd';
  if (existsSync('/run/openrc/softlevel')) return 'openrc';
  const hasScripts = existsSync('/etc/init.d/rsyslog') && initScriptOfSshd() !== undefined;
  return nameOfProcess(1) === 'init' && hasScripts && existsSync('/usr/sbin/service') ? 'service' : 'none';
}

/** Debian calls sshd's service `ssh`, everybody else `sshd`. */
export const initScriptOfSshd = (): string | undefined =>
  ['ssh', 'sshd'].find((name) => existsSync(`/etc/init.d/${name}`));

/** The process's own name (`/proc/PID/comm`), or null when there is no such process. */
export function nameOfProcess(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return null;
    throw error;
  }
}

/** The process that a pid file names, if it is still the program that wrote it. */
export function pidIn(file: string, program: string): number | null {
  try {
    const pid = Number(readFileSync(file, 'utf8').trim());
    return pid > 0 && nameOfProcess(pid) === program ? pid : null;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Asks every 20 ms until the answer is no longer null. @throws Error with `what` after `seconds` */
export async function until<Answer>(
  what: string,
  seconds: number,
  ask: () => Answer | null | Promise<Answer | null>,
): Promise<Answer> {
  const deadline = process.hrtime.bigint() + BigInt(seconds) * 1_000_000_000n;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (process.hrtime.bigint() > deadline) throw new Error(`${what} (waited ${seconds} s)`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
