import { statfsSync, statSync } from 'node:fs';
import {
  FORENSIC_JOURNALD,
  FORENSIC_LINES,
  FORENSIC_LOG,
  FORENSIC_MOUNT,
  FORENSIC_RSYSLOG,
  JOURNALD_NAME,
  MOUNT_OPTIONS,
} from '../conf/forensic.ts';
import { SSHD_LOGS } from '../host/log-choice.ts';
import { lstatOrNull, textOrNull } from '../host/read.ts';
import { syncWith } from '../host/sync.ts';
import { bytesOf } from '../spec.ts';
import { checkOf } from './check.ts';
import { MENDED_BY_INIT, type Verdict } from './finding.ts';
import type { Looking } from './looking.ts';
import { tailOf } from './tail.ts';

export interface SeenForensic {
  /** The options of the mount; null where nothing is mounted. */
  options: ReadonlySet<string> | null;
  /** The share of the mount that is taken, 0 to 1. */
  taken: number;
  /** Whether the daemon has made the folder that rsyslogd writes to. */
  isRead: boolean;
  /** What the journal keeps and hands on, the last word of all its files. */
  journal: { maxLevelStore: string | null; forwardToSyslog: string | null; isCurrent: boolean };
  /** How loudly sshd speaks to everybody. */
  sshdLevel: string;
  /** A log in which there are debug messages that came after our rule did. */
  leak: string | null;
  /** Bytes of what was written down, and the most. */
  log: { size: number; most: number };
}

export const forensic = checkOf<SeenForensic | null>({
  name: 'forensic',
  about: 'debug messages go to memory, and to no log and no journal; what went wrong can be written down',
  async look(looking) {
    const { config, mounts, effective, needsRunning, needsRoot } = looking;
    if (!config.forensic.enabled) return null;
    needsRunning();
    needsRoot('what is held of sessions');
    const mount = mounts().findLast(({ point }) => point === FORENSIC_MOUNT);
    const space = mount ? statfsSync(FORENSIC_MOUNT) : null;
    return {
      options: mount?.options ?? null,
      taken: space ? 1 - space.bavail / space.blocks : 0,
      isRead: lstatOrNull(FORENSIC_LINES) !== null,
      journal: await journalOf(looking),
      sshdLevel: (await effective()).get('loglevel')?.[0] ?? '',
      leak: leakOf([...SSHD_LOGS, config.log.file]),
      log: { size: lstatOrNull(FORENSIC_LOG)?.size ?? 0, most: bytesOf(config.log.rotate.maxsize) },
    };
  },
  judge: judgeForensic,
});

async function journalOf({ host, tools }: Looking): Promise<SeenForensic['journal']> {
  const { code, stdout } = await host.run('systemd-analyze', ['cat-config', 'systemd/journald.conf']);
  const text = code === 0 ? stdout : (textOrNull(FORENSIC_JOURNALD) ?? '');
  const last = (key: string) =>
    text
      .split('\n')
      .flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1).trim()] : []))
      .at(-1) ?? null;
  const sync = syncWith(tools, async () => {});
  const current = await sync.read(host, JOURNALD_NAME, { way: 'in', reads: [FORENSIC_JOURNALD] });
  return {
    maxLevelStore: last('MaxLevelStore'),
    forwardToSyslog: last('ForwardToSyslog'),
    isCurrent: current !== null,
  };
}

/** The first of these logs with a debug message of sshd or of a jail that is younger than our rule. */
function leakOf(logs: readonly string[]): string | null {
  const since = statSync(FORENSIC_RSYSLOG, { throwIfNoEntry: false })?.mtimeMs;
  if (since === undefined) return null;
  const leaks = (line: string) => {
    const [, at] = /^(\S+) \S+ (?:sshd\S*|internal-sftp)\[\d+\]: debug[123]: /.exec(line) ?? [];
    return at !== undefined && Date.parse(at) > since + RESTART;
  };
  return logs.find((path) => tailOf(path).split('\n').some(leaks)) ?? null;
}

/** Milliseconds that rsyslogd is given to have read the rule. */
const RESTART = 60_000;

/** Of those that journald.conf(5) knows, the ones that keep no debug message. */
const QUIET = new Set([
  'emerg',
  'alert',
  'crit',
  'err',
  'warning',
  'notice',
  'info',
  '0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '6',
]);

export function judgeForensic(seen: SeenForensic | null): Verdict[] {
  if (seen === null) return [];
  const { options, taken, isRead, journal, sshdLevel, leak, log } = seen;
  const found: (Verdict | null)[] = [
    options === null
      ? {
          severity: 'error',
          what: `${FORENSIC_MOUNT} is not mounted`,
          why: 'debug messages are dropped: nothing could be told of a session that went wrong',
          ...MENDED_BY_INIT,
        }
      : null,
    ...MOUNT_OPTIONS.filter((option) => options !== null && !options.has(option)).map(
      (option): Verdict => ({
        severity: 'warning',
        what: `${FORENSIC_MOUNT} is mounted without ${option}`,
        why: 'rsyslogd writes there as root, where another user may put things',
        remedy: [`systemctl restart "$(systemd-escape --path --suffix=mount ${FORENSIC_MOUNT})"`],
      }),
    ),
    taken > 0.9
      ? {
          severity: 'warning',
          what: `${FORENSIC_MOUNT} is full`,
          why: 'further debug messages are dropped until what is there was read',
          remedy: ['systemctl restart sftpjail-watch.service'],
        }
      : null,
    options !== null && !isRead
      ? {
          severity: 'error',
          what: `nobody reads ${FORENSIC_MOUNT}`,
          why: 'debug messages are dropped: nothing could be told of a session that went wrong',
          remedy: ['systemctl restart sftpjail-watch.service'],
        }
      : null,
    QUIET.has(journal.maxLevelStore ?? '')
      ? null
      : {
          severity: 'error',
          what: `the journal keeps debug messages (MaxLevelStore ${journal.maxLevelStore ?? 'debug'})`,
          why: 'every login fills it with what sshd says at DEBUG1 (journald.conf(5))',
          advice: `a file that is read after ${FORENSIC_JOURNALD} decides: systemd-analyze cat-config systemd/journald.conf`,
        },
    QUIET.has(journal.maxLevelStore ?? '') && !journal.isCurrent
      ? {
          severity: 'error',
          what: 'the journal runs with an older configuration than the one on the disk',
          why: 'it keeps what sshd says at DEBUG1',
          ...MENDED_BY_INIT,
        }
      : null,
    /^(?:no|false|off|0|n|f)$/.test(journal.forwardToSyslog ?? '')
      ? {
          severity: 'error',
          what: 'the journal hands no message on to rsyslogd (ForwardToSyslog no)',
          why: 'what sshd says outside of the jails does not come to us',
          advice: 'take that line away: systemd-analyze cat-config systemd/journald.conf',
        }
      : null,
    sshdLevel.startsWith('DEBUG')
      ? null
      : {
          severity: 'error',
          what: `sshd speaks at ${sshdLevel} to those whom no block is about`,
          why: 'of a login with a wrong name there would be nothing to tell',
          advice: 'another LogLevel is read before ours; the first one counts (sshd_config(5))',
        },
    leak === null
      ? null
      : {
          severity: 'warning',
          what: `there are debug messages in ${leak}`,
          why: `a rule of rsyslogd is read before ${FORENSIC_RSYSLOG}`,
          advice: 'move that rule to a file, or to a line of /etc/rsyslog.conf, that is read later',
        },
    log.size > log.most * 0.9
      ? {
          severity: 'warning',
          what: `${FORENSIC_LOG} is full`,
          why: 'blocks are left out until it is rotated',
          remedy: ['logrotate --force /etc/logrotate.d/sftpjail'],
        }
      : null,
  ];
  return found.filter((verdict) => verdict !== null);
}
