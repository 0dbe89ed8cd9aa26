import { CONFIG_PATH, type Config } from '../config.ts';
import type { Self } from '../plan/facts.ts';
import { sharedSocket } from './sockets.ts';
import { renderTemplate } from './template.ts';

const UNITS = '/etc/systemd/system';
export const SOCKET_UNIT = `${UNITS}/sftpjail-log.socket`;
export const JAIL_SOCKET_UNIT = `${UNITS}/sftpjail-log@.socket`;
export const UNLOCK_SERVICE = `${UNITS}/sftpjail-unlock.service`;
export const UNLOCK_TIMER = `${UNITS}/sftpjail-unlock.timer`;
export const UNLOCK_TIMER_NAME = 'sftpjail-unlock.timer';
export const LEDGER_SERVICE = `${UNITS}/sftpjail-ledger.service`;
export const LEDGER_TIMER = `${UNITS}/sftpjail-ledger.timer`;
export const LEDGER_TIMER_NAME = 'sftpjail-ledger.timer';
export const SNAPSHOT_SERVICE = `${UNITS}/sftpjail-snapshot.service`;
export const SNAPSHOT_TIMER_NAME = 'sftpjail-snapshot.timer';
export const SNAPSHOT_TIMER = `${UNITS}/${SNAPSHOT_TIMER_NAME}`;
export const RSYSLOG_SERVICE_DROP_IN = `${UNITS}/rsyslog.service.d/10-sftpjail.conf`;
export const WATCH_NAME = 'sftpjail-watch.service';
export const WATCH_UNIT = `${UNITS}/${WATCH_NAME}`;
export const HOOK_SOCKET_NAME = 'sftpjail-hook.socket';
export const HOOK_SOCKET_UNIT = `${UNITS}/${HOOK_SOCKET_NAME}`;
export const HOOK_UNIT = `${UNITS}/sftpjail-hook@.service`;
/** Where the daemon asks for hooks to be run: as another user, and outside of its own confines. */
export const HOOK_SOCKET = '/run/sftpjail-hook.sock';
export const SHARED_SOCKET_NAME = 'sftpjail-log.socket';
export const jailSocketName = (name: string): string => `sftpjail-log@${name}.socket`;

/** The account of a jail's socket unit, or null for any other name. */
export const jailOfSocket = (unit: string): string | null => /^sftpjail-log@(.+)\.socket$/.exec(unit)?.[1] ?? null;
/** Who wants the socket of a jail. */
export const WANTING_JAIL_SOCKETS = ['sockets.target', 'rsyslog.service'] as const;

/** Where systemd looks for what a target or service wants: one symlink for each. */
export const wantedBy = (unit: string, wanted: string): string => `${UNITS}/${unit}.wants/${wanted}`;

/** What the unit of a mount is made from; each mount has a unit of its own name. */
export const SHARE_UNIT = `${UNITS}/sftpjail-share.mount`;
export const unitPath = (name: string): string => `${UNITS}/${name}`;

/** The name that systemd demands of a mount's unit (systemd-escape(1), --path). */
export const mountUnitName = (path: string): string =>
  `${path
    .slice(1)
    .replace(/[^A-Za-z0-9:_./]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replaceAll('/', '-')}.mount`;

/** The path that a mount's unit is about, or null for any other unit. */
export function pathOfMount(unit: string): string | null {
  const [, escaped] = /^(.+)\.mount$/.exec(unit) ?? [];
  if (escaped === undefined) return null;
  const path = escaped.replaceAll('-', '/');
  return `/${path.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))}`;
}

export interface UnitValues {
  config: Config;
  self: Self;
}

/** The command that points the links at a new socket, in words that need no quoting. */
export const refreshCommand = (self: Self): string => ownCommand(self, 'refresh-links', '--quiet');

export const ownCommand = ({ node, script, config }: Self, ...words: string[]): string =>
  [node, script, ...words, ...(config === null ? [] : ['--config', config])].join(' ');

/**
 * The post-start hook. `+` because rsyslog's sandbox kills Node, `-` and the time limit because a broken sftpjail must
 * never keep rsyslog from starting: at a boot both units wait for it, and with them all that comes after the sockets,
 * sshd too. 50,000 links take a second. Where every jail has a socket of its own there is nothing to refresh.
 */
const refresh = ({ config, self }: UnitValues): string | null =>
  config.log.socket === 'per-jail' ? null : `-+${LIMITED} ${refreshCommand(self)}`;

const LIMITED = '/usr/bin/timeout --kill-after=5 20';

export const renderSocketUnit = (template: string, values: UnitValues): string =>
  renderTemplate(template, {
    socket: sharedSocket(values.config),
    group: values.config.groups.files,
    refresh: refresh(values),
  });

export const renderJailSocketUnit = (template: string, { config }: UnitValues): string =>
  renderTemplate(template, { root: config.root, group: config.groups.files });

export const renderRsyslogServiceDropIn = (template: string, values: UnitValues): string =>
  renderTemplate(template, { refresh: refresh(values) });

/** The name under which systemd hands a file to the service, which may not read the file itself. */
export const credentialOf = (path: string): string => path.slice(1).replaceAll('/', '_');

/** Files that are root's alone and that the service is to know. */
export const secretsOf = ({ mail, webhooks, ledger }: Config): string[] => [
  ...new Set([
    ...(ledger.enabled && ledger.passwordFile !== null ? [ledger.passwordFile] : []),
    ...(mail.smtp.passwordFile === null ? [] : [mail.smtp.passwordFile]),
    ...webhooks.map(({ secretFile }) => secretFile),
  ]),
];

interface WatchValues extends UnitValues {
  user: string;
  /** That the logs belong to, or null where it is root's own. */
  group: string | null;
  folder: string;
  /** Through which it asks for what it may not do itself. */
  sockets: readonly string[];
  /** Where the ledger is that it keeps, or null where that is no file of ours. */
  ledgerFolder: string | null;
  /** What is read and written where messages are held: the unit of the mount, it, and the folder of what is written down. */
  forensic: { unit: string; mount: string; logs: string } | null;
}

export function renderWatchUnit(
  template: string,
  { config, self, user, group, folder, sockets, ledgerFolder, forensic }: WatchValues,
): string {
  const secrets = secretsOf(config).map((file) => ({ name: credentialOf(file), file }));
  const { metricsFile } = config.watch;
  return renderTemplate(template, {
    command: watchCommand(self),
    ...{ user, folder },
    groups: [...(group === null ? [] : [group]), ...(config.watch.sshd === 'journal' ? ['systemd-journal'] : [])].join(
      ' ',
    ),
    sockets: sockets.join(' '),
    credentials: [{ name: CONFIG_CREDENTIAL, file: self.config ?? CONFIG_PATH }, ...secrets],
    ledgerFolder: config.ledger.enabled ? ledgerFolder : null,
    metricsFolder: metricsFile === null ? null : metricsFile.slice(0, metricsFile.lastIndexOf('/')),
    forensic,
    home: [self.node, self.script].some((path) => /^\/(home|root|run\/user)\//.test(path)) ? 'read-only' : 'yes',
  });
}

export const CONFIG_CREDENTIAL = 'config.yaml';
export const watchCommand = ({ node, script }: Self): string =>
  `${node} ${script} watch --config %d/${CONFIG_CREDENTIAL}`;

/** @param user whom the socket belongs to */
export const renderHookSocketUnit = (template: string, user: string): string =>
  renderTemplate(template, { socket: HOOK_SOCKET, user });

export const renderHookUnit = (template: string, { config, self }: UnitValues): string =>
  renderTemplate(template, {
    command: `${watchCommand(self)} --run-hook`,
    user: config.hooks.user,
    credential: CONFIG_CREDENTIAL,
    config: self.config ?? CONFIG_PATH,
  });

export const renderUnlockService = (template: string, self: Self): string =>
  renderTemplate(template, { unlock: ownCommand(self, 'unlock-user', '--due') });

export const renderLedgerService = (template: string, self: Self): string =>
  renderTemplate(template, { command: ownCommand(self, 'ledger', 'import', '--quiet') });

export const renderSnapshotService = (template: string, self: Self): string =>
  renderTemplate(template, { snapshot: ownCommand(self, 'ledger', 'snapshot', '--quiet') });

/** @param zone in which days are counted; `host` is this machine's */
export const renderSnapshotTimer = (template: string, zone: string): string =>
  renderTemplate(template, { time: `*-*-* 04:00:00${zone === 'host' ? '' : ` ${zone}`}` });

export const renderShareUnit = (
  template: string,
  values: { jail: string; share: string; from: string; at: string },
): string => renderTemplate(template, values);
