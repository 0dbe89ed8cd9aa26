import {
  FORENSIC_JOURNALD,
  FORENSIC_LOG_FOLDER,
  FORENSIC_MOUNT,
  FORENSIC_MOUNT_TEMPLATE,
  FORENSIC_MOUNT_UNIT,
  FORENSIC_RSYSLOG,
  FORENSIC_SSHD_SERVICE,
  JOURNALD_NAME,
  renderForensicMount,
  renderForensicRsyslog,
} from '../conf/forensic.ts';
import type { Templates } from '../conf/template.ts';
import type { HostFacts } from './facts.ts';
import { WATCH_USER } from './watch.ts';
import type { Wish } from './wish.ts';

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** Folders of others that our files stand in; one for sshd's service only where there is something to say. */
export const forensicFolders = ({ config, forensic }: Pick<HostFacts, 'config' | 'forensic'>): string[] =>
  config.forensic.enabled || forensic.isInstalled
    ? [folderOf(FORENSIC_JOURNALD), ...(forensic.isSplit ? [folderOf(FORENSIC_SSHD_SERVICE)] : [])]
    : [];

/**
 * Takes the debug messages out of every log before sshd is told to print any: these wishes stand before sshd's, and are
 * taken back after them.
 */
export function wantForensic(facts: HostFacts, templates: Templates): Wish[] {
  const { rsyslog, forensic, made, missing } = facts;
  const file = (at: string, content: string): Wish => ({
    kind: 'file',
    at,
    state: { owner: 'root', group: 'root', mode: '0644', content },
  });
  const sync = (at: string, way: 'in' | 'out', ...reads: string[]): Wish => ({
    kind: 'sync',
    at,
    state: { way, reads },
  });
  const isMine = (at: string) => missing.has(`directory ${at}`) || made.includes(`directory ${at}`);
  const shared = (path: string): Wish[] => {
    const at = folderOf(path);
    return isMine(at) ? [{ kind: 'directory', at, state: { owner: 'root', group: 'root', mode: '0755' } }] : [];
  };
  const isRoot = rsyslog.owner === 'root';
  const group = rsyslog.group === 'root' ? WATCH_USER : rsyslog.group;
  const units = [FORENSIC_MOUNT_UNIT, ...(forensic.isSplit ? [FORENSIC_SSHD_SERVICE] : [])];
  return [
    {
      kind: 'daemonFolder',
      at: FORENSIC_LOG_FOLDER,
      state: { owner: WATCH_USER, group, mode: '2750' },
    },
    sync('systemd', 'out', ...units),
    file(
      FORENSIC_MOUNT_UNIT,
      renderForensicMount(templates(FORENSIC_MOUNT_TEMPLATE), { user: WATCH_USER, group, isRoot }),
    ),
    ...(forensic.isSplit
      ? [...shared(FORENSIC_SSHD_SERVICE), file(FORENSIC_SSHD_SERVICE, templates(FORENSIC_SSHD_SERVICE))]
      : []),
    sync('systemd', 'in', ...units),
    { kind: 'mount', at: FORENSIC_MOUNT, state: { from: 'tmpfs' } },
    sync(JOURNALD_NAME, 'out', FORENSIC_JOURNALD),
    ...shared(FORENSIC_JOURNALD),
    file(FORENSIC_JOURNALD, templates(FORENSIC_JOURNALD)),
    sync(JOURNALD_NAME, 'in', FORENSIC_JOURNALD),
    sync('rsyslog', 'out', FORENSIC_RSYSLOG),
    file(
      FORENSIC_RSYSLOG,
      renderForensicRsyslog(templates(FORENSIC_RSYSLOG), {
        owner: isRoot ? WATCH_USER : rsyslog.owner,
        group,
      }),
    ),
  ];
}

/** What is not wanted any more, to be taken back once sshd is silent again; what was written down stays. */
export const unwantedForensic = (facts: HostFacts, templates: Templates): Wish[] =>
  facts.config.forensic.enabled || !facts.forensic.isInstalled
    ? []
    : wantForensic(facts, templates).filter(({ at }) => at !== FORENSIC_LOG_FOLDER);

/** What an operator has to know before agreeing: it is about more than our customers. */
export const forensicNotes = ({ config, forensic }: HostFacts): string[] =>
  config.forensic.enabled && !forensic.isInstalled
    ? [
        'forensic.enabled: sshd speaks at DEBUG1 to everybody who connects to this host, not to customers alone',
        'forensic.enabled: the journal stops keeping debug messages, of every program of this host (MaxLevelStore=info)',
      ]
    : [];
