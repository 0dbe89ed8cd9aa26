import { FORENSIC_LOG_FOLDER, FORENSIC_MOUNT, FORENSIC_MOUNT_NAME } from '../conf/forensic.ts';
import {
  HOOK_SOCKET_NAME,
  HOOK_SOCKET_UNIT,
  HOOK_UNIT,
  renderHookSocketUnit,
  renderHookUnit,
  renderWatchUnit,
  WATCH_NAME,
  WATCH_UNIT,
  wantedBy,
} from '../conf/systemd.ts';
import type { Templates } from '../conf/template.ts';
import { CONFIG_PATH, type Config } from '../config.ts';
import type { HostFacts } from './facts.ts';
import { helperSockets, unwantedHelpers as unwantedOf, wantHelpers } from './helpers.ts';
import { LEDGER_FOLDER } from './ledger-place.ts';
import type { Wish } from './wish.ts';

/** The daemon's user, and the group of what it may read. */
export const WATCH_USER = 'sftpjail';
/** Where the reading of the logs is, and what is still to be told; the daemon's own. */
export const WATCH_FOLDER = '/var/lib/sftpjail/watch';

/** The group of what is declared for accounts: the daemon sends mail to the addresses in it. */
export const declaredGroup = ({ watch }: Config): string => (watch.enabled ? WATCH_USER : 'root');

const LINK = wantedBy('multi-user.target', WATCH_NAME);
const LINKS = LINK.slice(0, LINK.lastIndexOf('/'));

/** The daemon's user, which stays as long as files are of its group. */
export function wantWatchUser({ watch, rsyslog }: HostFacts): Wish[] {
  const state = { uid: watch.uid, group: WATCH_USER, groups: rsyslog.group === 'root' ? [] : [rsyslog.group] };
  return [
    { kind: 'group', at: WATCH_USER, state: {} },
    {
      kind: 'account',
      at: WATCH_USER,
      state: { ...state, comment: 'sftpjail watch', home: '/nonexistent', shell: '/usr/sbin/nologin' },
    },
  ];
}

/** The daemon itself, as a service of systemd. */
export function wantWatch(facts: HostFacts, templates: Templates): Wish[] {
  const { config, self, rsyslog, made, missing } = facts;
  const content = renderWatchUnit(templates(WATCH_UNIT), {
    ...{ config, self, user: WATCH_USER, folder: WATCH_FOLDER },
    group: rsyslog.group === 'root' ? null : rsyslog.group,
    sockets: [HOOK_SOCKET_NAME, ...helperSockets(config)],
    forensic: config.forensic.enabled
      ? { unit: FORENSIC_MOUNT_NAME, mount: FORENSIC_MOUNT, logs: FORENSIC_LOG_FOLDER }
      : null,
    ledgerFolder: config.ledger.database === 'sqlite' ? LEDGER_FOLDER : null,
  });
  const file = (at: string, text: string): Wish => ({
    kind: 'file',
    at,
    state: { owner: 'root', group: 'root', mode: '0644', content: text },
  });
  const reads = [WATCH_UNIT, HOOK_SOCKET_UNIT, HOOK_UNIT, LINK];
  return [
    { kind: 'daemonFolder', at: WATCH_FOLDER, state: { owner: WATCH_USER, group: WATCH_USER, mode: '0700' } },
    ...wantHelpers(facts, templates, WATCH_USER),
    { kind: 'sync', at: 'systemd', state: { way: 'out', reads } },
    file(HOOK_SOCKET_UNIT, renderHookSocketUnit(templates(HOOK_SOCKET_UNIT), WATCH_USER)),
    file(HOOK_UNIT, renderHookUnit(templates(HOOK_UNIT), { config, self })),
    file(WATCH_UNIT, content),
    ...(missing.has(`directory ${LINKS}`) || made.includes(`directory ${LINKS}`)
      ? [{ kind: 'directory', at: LINKS, state: { owner: 'root', group: 'root', mode: '0755' } } as Wish]
      : []),
    { kind: 'symlink', at: LINK, state: { to: WATCH_UNIT } },
    { kind: 'sync', at: HOOK_SOCKET_NAME, state: { way: 'out', reads } },
    { kind: 'sync', at: WATCH_NAME, state: { way: 'out', reads } },
    { kind: 'sync', at: 'systemd', state: { way: 'in', reads } },
    { kind: 'sync', at: HOOK_SOCKET_NAME, state: { way: 'in', reads } },
    { kind: 'sync', at: WATCH_NAME, state: { way: 'in', reads: [...reads, self.config ?? CONFIG_PATH] } },
  ];
}

/** Units that the daemon does not need any more. */
export const unwantedHelpers = (facts: HostFacts, templates: Templates): Wish[] =>
  unwantedOf(facts, templates, WATCH_USER);
