import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync, statSync } from 'node:fs';
import { LOGROTATE_DROP_IN } from '../conf/logrotate.ts';
import { parseEffective } from '../conf/sshd.ts';
import { proofNameIn, SSHD_DROP_IN } from '../conf/sshd-drop-in.ts';
import { isErrno, OperatorError } from '../errors.ts';
import type { Check } from '../plan/change.ts';
import { CHECKS } from '../plan/host.ts';
import type { Host, RunResult } from './host.ts';
import type { KindOnHost } from './kind.ts';
import { awaitEarlierLogins } from './logins.ts';
import { addressesOf, answers, awaitOurBlocks, type SshdAddress } from './probe.ts';
import { lstatOrNull } from './read.ts';
import { type Services, until } from './services/services.ts';

const PATIENCE_SECONDS = 15;

const failed = (message: string, hint?: string) => new OperatorError('rolledBack', message, hint);

/** On a mounted image, a program of another architecture cannot judge anything. */
const cannotRun = (host: Host, { code, stderr }: RunResult): boolean =>
  host.sysroot !== '' && (code === 126 || code === 127 || /Exec format error|failed to run command/.test(stderr));

export interface CheckTools {
  services: Services;
  sockets(): readonly string[];
  /** Told when a program could not be asked. */
  onUnvalidated(what: string): void;
}

/** Asks a program of the host whether it accepts its configuration. */
async function judgedBy(tools: CheckTools, host: Host, program: string, args: string[]): Promise<void> {
  const result = await host.run(program, args);
  if (result.code === 0) return;
  if (cannotRun(host, result)) return tools.onUnvalidated(program);
  throw failed(`${[program, ...args].join(' ')} refuses:\n${(result.stderr || result.stdout).trim()}`);
}

export async function checkSshd(tools: CheckTools, host: Host): Promise<void> {
  await withSshdFolder(host, () => judgedBy(tools, host, '/usr/sbin/sshd', ['-t']));
}

/** sshd judges nothing without its privilege separation folder, which an image gets only when it boots. */
export async function withSshdFolder<Result>(host: Host, act: () => Promise<Result>): Promise<Result> {
  const folder = host.path('/run/sshd');
  if (host.sysroot === '' || lstatOrNull(folder) !== null || process.getuid?.() !== 0) return act();
  mkdirSync(folder, { mode: 0o755 });
  try {
    return await act();
  } finally {
    rmdirSync(folder);
  }
}

export async function checkRsyslog(tools: CheckTools, host: Host): Promise<void> {
  await judgedBy(tools, host, '/usr/sbin/rsyslogd', ['-N1']);
}

async function checkLogrotate(tools: CheckTools, host: Host): Promise<void> {
  await judgedBy(tools, host, 'logrotate', ['-d', LOGROTATE_DROP_IN]);
  // Another stanza for the same log makes logrotate pass over ours.
  const whole = await host.run('logrotate', ['-d', '/etc/logrotate.conf']);
  const complaint = whole.stderr.split('\n').find((line) => /^error: .*sftpjail/.test(line));
  if (complaint) throw failed(`logrotate would not use our stanza: ${complaint}`);
}

/** Whether rsyslogd itself holds every log socket, so that no sender can fill a queue that nobody empties. */
export async function socketsAreRead(services: Services, sockets: readonly string[]): Promise<boolean> {
  const pid = await services.rsyslogPid();
  if (pid === null) return false;
  const bound = new Map<string, string[]>();
  for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n')) {
    const [, , , , , , inode, path] = line.split(/\s+/);
    if (inode && path) bound.set(path, [...(bound.get(path) ?? []), `socket:[${inode}]`]);
  }
  const held = new Set(descriptorsOf(pid));
  return sockets.every((socket) => bound.get(socket)?.some((inode) => held.has(inode)));
}

function descriptorsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return [];
      throw error;
    }
  });
}

async function checkSockets({ services, sockets }: CheckTools): Promise<void> {
  if (services.kind === 'image') return;
  const allRead = async () => ((await socketsAreRead(services, sockets())) ? true : null);
  try {
    await until('waiting for rsyslogd', PATIENCE_SECONDS, allRead);
  } catch {
    throw failed(`rsyslogd does not read ${sockets().join(', ')}`, 'journalctl --unit rsyslog --lines 20');
  }
}

/** Where sshd, or systemd in its place, listens; loopback first. */
export const sshdAddresses = async ({ services }: CheckTools, host: Host): Promise<SshdAddress[]> =>
  (await services.sshdSockets()) ?? addressesOf(parseEffective((await host.run('/usr/sbin/sshd', ['-T'])).stdout));

/** Whether an sshd runs that can be asked what it would do. */
export const sshdAnswers = async (tools: CheckTools, host: Host): Promise<boolean> =>
  answers(host, await sshdAddresses(tools, host));

/** Whether the sshd that runs now has read our drop-in as it stands on the disk. */
export async function runningSshdUsesUs(tools: CheckTools, host: Host, seconds: number): Promise<boolean> {
  const name = proofNameIn(readFileSync(host.followed(SSHD_DROP_IN), 'utf8'));
  const addresses = await sshdAddresses(tools, host);
  return name !== null && (await awaitOurBlocks(host, name, addresses, seconds));
}

async function checkRunningSshd(tools: CheckTools, host: Host): Promise<void> {
  if (tools.services.kind === 'image') return;
  if (await runningSshdUsesUs(tools, host, PATIENCE_SECONDS)) return;
  throw failed(
    'the running sshd does not use our blocks, so a customer would not be confined',
    'systemctl status ssh sshd',
  );
}

async function checkEffective(tools: CheckTools, host: Host, { user, expected = {} }: Check): Promise<void> {
  if (tools.services.kind === 'image') return;
  const result = await host.must('/usr/sbin/sshd', ['-T', '-C', connectionOf(user ?? '')]);
  const effective = parseEffective(result.stdout);
  for (const [keyword, value] of Object.entries(expected)) {
    const found = effective.get(keyword)?.join(' ') ?? 'none';
    if (found !== value)
      throw failed(
        `sshd would use ${keyword} ${found} for ${user}, not ${value}`,
        `sshd -T -C ${connectionOf(user ?? '')}`,
      );
  }
}

/** All that `sshd -T` may ask of a connection; a missing lport is an error where a Match asks for it. */
export const connectionOf = (user: string): string =>
  `user=${user},host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22`;

const CHECKERS: Record<string, (tools: CheckTools, host: Host, check: Check) => Promise<void>> = {
  [CHECKS.sshd]: checkSshd,
  [CHECKS.rsyslog]: checkRsyslog,
  [CHECKS.logrotate]: checkLogrotate,
  [CHECKS.socketIsRead]: checkSockets,
  [CHECKS.runningSshd]: checkRunningSshd,
  [CHECKS.earlierLogins]: async ({ services }, host) => {
    if (services.kind !== 'image') await awaitEarlierLogins(host);
  },
  [CHECKS.effective]: checkEffective,
};

export const checkWith = (tools: CheckTools): KindOnHost<'check'> => ({
  read: () => null,
  async put(host, at, state) {
    if (state !== null) await CHECKERS[at]?.(tools, host, state);
  },
});

/** When a file was last changed or replaced, in nanoseconds since 1970; null for one that is missing. */
export function changedAt(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ctimeNs ?? null;
}
