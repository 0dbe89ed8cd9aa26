import { readFileSync } from 'node:fs';
import { JOURNALD_NAME } from '../conf/forensic.ts';
import { SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import { type CheckTools, changedAt, checkSshd, runningSshdUsesUs, socketsAreRead } from './checks.ts';
import type { Host } from './host.ts';
import type { KindOnHost } from './kind.ts';
import { lstatOrNull } from './read.ts';

/** A daemon in step with the disk. It is found when the running daemon is proved to have read what stands there. */
export const syncWith = (tools: CheckTools, afterRsyslog: () => Promise<void>): KindOnHost<'sync'> => ({
  async read(host, at, wanted) {
    if (wanted === null || wanted.way === 'out') return null;
    return (await isInStep(tools, host, at, wanted.reads)) ? wanted : null;
  },

  async put(host, at, state) {
    if (state === null) return;
    const { services } = tools;
    const act = state.way === 'in' ? 'use' : 'leave';
    if (at === 'sshd') {
      // The administrator is never locked out: sshd is not touched unless it accepts the whole configuration.
      if (services.kind !== 'image') await checkSshd(tools, host);
      await services.sshd[act]();
    } else if (at === 'rsyslog') {
      await services.rsyslog[act]();
      if (state.way === 'in' && services.kind !== 'image') await afterRsyslog();
    } else if (at === 'systemd') await services.rereadUnits();
    // The host's own: it is never stopped.
    else if (at === JOURNALD_NAME) await services.startUnit(at);
    else if (state.way === 'in') await services.startUnit(at);
    else await services.stopUnit(at);
  },
});

async function isInStep(tools: CheckTools, host: Host, at: string, reads: readonly string[]): Promise<boolean> {
  const { services } = tools;
  if (services.kind === 'image') return true;
  if (at === 'sshd') return lstatOrNull(host.path(SSHD_DROP_IN)) !== null && (await runningSshdUsesUs(tools, host, 0));
  if (at === 'systemd') {
    const units = reads.filter((path) => path.endsWith('.socket')).map((path) => path.slice(path.lastIndexOf('/') + 1));
    return services.unitsAreCurrent([...new Set(units)].filter((unit) => !unit.includes('@.')));
  }
  if (/\.(timer|socket)$/.test(at)) return services.unitsAreCurrent([at]);
  if (at.endsWith('.service')) return startedSince(await services.servicePid(at), host, reads);
  const pid = await services.rsyslogPid();
  return startedSince(pid, host, reads) && (await socketsAreRead(services, tools.sockets()));
}

/** rsyslogd reads its configuration only when it starts, and so do we. */
function startedSince(pid: number | null, host: Host, reads: readonly string[]): boolean {
  if (pid === null) return false;
  const started = startOf(pid);
  return reads.every((path) => {
    const changed = changedAt(host.path(path));
    return !/\.(conf|yaml)$/.test(path) || (changed !== null && changed <= started);
  });
}

/**
 * When a process started, in nanoseconds since 1970, to about 20 ms: measured from our own start, because containers
 * see a boot time that is not the one the ticks count from (proc(5): field 22 of stat, in ticks of 10 ms).
 */
function startOf(pid: number): bigint {
  const sinceOurs = startTicks(String(pid)) - startTicks('self');
  return BigInt(Math.round(performance.timeOrigin * 1e6)) + sinceOurs * 10_000_000n;
}

function startTicks(pid: string): bigint {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return BigInt(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0');
}
