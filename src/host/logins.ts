import { readFileSync } from 'node:fs';
import type { Host } from './host.ts';
import { processes, signal } from './processes.ts';
import { readRegister } from './register.ts';
import { until } from './services/services.ts';

const PATIENCE_SECONDS = 5;

/**
 * Waits for the logins that are under way, and ends those that take long. Each is served by a process that keeps the
 * configuration of the moment in which it was forked: whoever connected before sshd read our blocks and named an
 * account only afterwards would not be confined.
 */
export async function awaitEarlierLogins(host: Host): Promise<void> {
  const earlier = new Set(loginsUnderWay(host));
  const left = () => loginsUnderWay(host).filter((pid) => earlier.has(pid));
  const none = () => (left().length === 0 ? true : null);
  try {
    await until('logins are still under way', PATIENCE_SECONDS, none);
  } catch {
    for (const pid of left()) signal(pid, 'SIGTERM');
    await until('logins do not end', PATIENCE_SECONDS, none);
  }
}

/** sshd's monitors of connections that have not logged in: their other half runs as the user sshd, or is yet to come. */
function loginsUnderWay(host: Host): number[] {
  const unprivileged = readRegister(host).users.get('sshd')?.uid;
  const all = processes().filter(({ name }) => name.startsWith('sshd'));
  const halves = all.filter(({ uid }) => uid === unprivileged);
  const fresh = all.filter(({ pid, uid }) => uid === 0 && /\[accepted\]| -R$/.test(titleOf(pid)));
  const ours = new Set(all.map(({ pid }) => pid));
  return [...new Set([...halves.map(({ parent }) => parent), ...fresh.map(({ pid }) => pid)])].filter((pid) =>
    ours.has(pid),
  );
}

/** The command line, in whose place sshd writes what it does. */
function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
