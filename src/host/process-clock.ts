import { readFileSync } from 'node:fs';
import { ofProcess } from './processes.ts';

/** In /proc/PID/stat, whatever the kernel's own tick is (proc_pid_stat(5), sysconf(_SC_CLK_TCK)). */
const TICKS_PER_SECOND = 100;

/** Ticks since the boot at which the process started; null for one that is gone. With its pid it names it for ever. */
export function startTicks(pid: number): number | null {
  const stat = ofProcess(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The name stands in brackets and can hold brackets itself, so the fields are counted from the last one.
  const ticks = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return Number.isFinite(ticks) ? ticks : null;
}

/**
 * When that was, in milliseconds since 1970. Where a container shows an uptime of its own (lxcfs) the clock of the
 * kernel is ahead of it, and after a suspend the uptime is: ticks are counted on the later of the two.
 */
export function whenStarted(ticks: number, now: Date): number {
  const uptime = Number(readFileSync('/proc/uptime', 'latin1').split(' ')[0]);
  const sinceBoot = Math.max(uptime, Number(process.hrtime.bigint()) / 1e9);
  return now.getTime() - (sinceBoot - ticks / TICKS_PER_SECOND) * 1000;
}

/** Bytes that the process has read and written by now, from and to anything. */
export interface Counters {
  read: number;
  written: number;
}

/** Null for a process that is gone, and for a kernel that does not count. */
export function countersOf(pid: number): Counters | null {
  const text = ofProcess(() => readFileSync(`/proc/${pid}/io`, 'latin1'));
  const field = (name: string) => new RegExp(`^${name}: (\\d+)$`, 'm').exec(text ?? '')?.[1];
  const [read, written] = [field('rchar'), field('wchar')];
  return read === undefined || written === undefined ? null : { read: Number(read), written: Number(written) };
}
