import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import { LOGROTATE_DROP_IN } from '../conf/logrotate.ts';
import type { Host } from '../host/host.ts';
import { lstatOrNull } from '../host/read.ts';
import { checkOf } from './check.ts';
import { NotChecked, type Verdict } from './finding.ts';
import type { Looking } from './looking.ts';

export interface SeenRotation {
  log: string;
  /** Of the log, in bytes. */
  size: number;
  maxsize: number;
  /** sshd's own log, or null where there is none. */
  sshdLog: string | null;
  /** What `logrotate -d` of the whole configuration prints: what it would do, and what it will not. */
  says: string;
  /** Something runs logrotate by itself. */
  isScheduled: boolean;
}

export const logrotate = checkOf<SeenRotation>({
  name: 'logrotate',
  about: "logrotate accepts our stanza and runs, the log is not far too large, and sshd's log is rotated too",
  async look(looking) {
    looking.needsRoot('what logrotate would do');
    const { host, config } = looking;
    const { code, stdout, stderr } = await host.run('logrotate', ['-d', '/etc/logrotate.conf']);
    if (code === 126 || code === 127) throw new NotChecked('logrotate does not run here');
    return {
      log: config.log.file,
      size: lstatSync(host.path(config.log.file), { throwIfNoEntry: false })?.size ?? 0,
      maxsize: bytesIn(config.log.rotate.maxsize),
      sshdLog: sshdLogOf(host, config.log.sshd),
      says: `${stdout}\n${stderr}`,
      isScheduled: await isScheduled(looking),
    };
  },
  judge: judgeRotation,
});

const sshdLogOf = (host: Host, configured: string): string | null =>
  (configured === 'auto' ? ['/var/log/auth.log', '/var/log/secure'] : [configured]).find(
    (path) => lstatOrNull(host.path(path)) !== null,
  ) ?? null;

/** Debian's job for cron leaves it to the timer where systemd runs. */
async function isScheduled({ host, services }: Looking): Promise<boolean> {
  const cron = lstatOrNull(host.path('/etc/cron.daily/logrotate')) !== null;
  const isWanted = lstatOrNull(host.path('/etc/systemd/system/timers.target.wants/logrotate.timer')) !== null;
  if (services.kind === 'image') return cron || isWanted;
  if (services.kind !== 'systemd') return cron;
  const timer = await host.run('systemctl', ['is-active', 'logrotate.timer']);
  if (timer.code === 0) return true;
  const isKnown = lstatOrNull('/lib/systemd/system/logrotate.timer') !== null;
  return !isKnown && cron;
}

/** logrotate(8): a size may end in k, M or G. */
export const bytesIn = (size: string): number =>
  Number.parseInt(size, 10) * ({ k: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[size.slice(-1)] ?? 1);

/** Between two daily runs a log may well grow beyond its maxsize. */
const FAR_BEYOND = 4;

export function judgeRotation({ log, size, maxsize, sshdLog, says, isScheduled }: SeenRotation): Verdict[] {
  const considers = (path: string) => says.includes(`considering log ${path}\n`);
  const complaints = [...new Set(says.split('\n').filter((line) => /^error: /.test(line)))];
  const ofOurs = complaints.filter((line) => line.includes(log) || line.includes(LOGROTATE_DROP_IN));
  const skipped = ofOurs.length === 0 && !considers(log);
  return [
    ...ofOurs.map(
      (line): Verdict => ({
        ...{
          severity: 'error',
          what: `logrotate: ${line.slice('error: '.length)}`,
          why: 'the log is not rotated, and grows until the disk is full',
        },
        ...(line.includes('insecure permissions')
          ? { remedy: [`chmod go-w ${dirname(log)}`] }
          : { advice: 'mend what it names; logrotate -d /etc/logrotate.conf judges it' }),
      }),
    ),
    ...(skipped
      ? [
          {
            severity: 'error',
            what: `logrotate does not know ${log}`,
            why: 'the log grows until the disk is full',
            remedy: ['sftpjail init --yes'],
            advice: 'does /etc/logrotate.conf include /etc/logrotate.d?',
            fixable: true,
          } satisfies Verdict,
        ]
      : []),
    ...(size > FAR_BEYOND * maxsize
      ? [
          {
            severity: 'warning',
            what: `${log} has ${Math.round(size / 1e6)} MB, far beyond its maxsize of ${Math.round(maxsize / 1e6)} MB`,
            why: 'logrotate does not run, or does not run often enough',
            remedy: [`logrotate ${LOGROTATE_DROP_IN}`],
          } satisfies Verdict,
        ]
      : []),
    ...(sshdLog !== null && !considers(sshdLog)
      ? [
          {
            severity: 'warning',
            what: `nothing rotates ${sshdLog}, where sshd says who logs in`,
            why: 'it grows until the disk is full',
            advice: `add ${sshdLog} to a file in /etc/logrotate.d; Debian has it in /etc/logrotate.d/rsyslog`,
          } satisfies Verdict,
        ]
      : []),
    ...(isScheduled
      ? []
      : [
          {
            severity: 'error',
            what: 'nothing runs logrotate',
            why: 'the log grows until the disk is full',
            remedy: ['systemctl enable --now logrotate.timer'],
          } satisfies Verdict,
        ]),
  ];
}
