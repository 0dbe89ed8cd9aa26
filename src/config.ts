import { readFileSync } from 'node:fs';
import { isErrno, refused } from './errors.ts';
import { shellQuote } from './quote.ts';
import type {
  ByteUnit,
  Decimal,
  Duration,
  Facility,
  FolderName,
  GroupName,
  HostPath,
  LogLevel,
  MachineName,
  NetworkPlace,
  SenderAddress,
  TimeZone,
  Umask,
} from './spec.ts';

export const CONFIG_PATH = '/etc/sftpjail/config.yaml';

/** Everything that can be configured; every key has a default, so that an empty file works. */
export interface Config {
  /** Where the jails stand: `<root>/<user>`. */
  root: HostPath;
  /** The one folder of a jail that its customer can write to. */
  data: FolderName;
  groups: { files: GroupName; only: GroupName; readOnly: GroupName; admin: GroupName };
  sftp: { umask: Umask; logLevel: LogLevel; facility: Facility; symlinks: 'deny' | 'allow' };
  sshd: { logLevel: LogLevel };
  log: {
    /** One socket hard-linked into every jail, or one socket and one rsyslog input for each jail. */
    socket: 'shared' | 'per-jail';
    file: HostPath;
    /** Where sshd's own lines go; `auto` is whichever of the usual places there is, none included. */
    sshd: HostPath | 'auto';
    /** The zone of traditional stamps and of dates that are typed; `host` is that of this machine. */
    timezone: TimeZone | 'host';
    /** How many transfers and changes of one session are kept one by one; further ones only count. */
    detail: number;
    /** Where another host gathers the lines of many, and where this host takes those of others: `HOST:PORT`, by RELP. */
    forward: NetworkPlace | null;
    receive: NetworkPlace | null;
    /** By its address, in whose name each of them may speak; what anybody else sends is refused. */
    senders: Readonly<Record<SenderAddress, MachineName>>;
    /** logrotate's own words: how often, how many are kept, and the size that rotates earlier. */
    rotate: { every: 'daily' | 'weekly' | 'monthly'; keep: number; maxsize: string };
  };
  /** Uids of new accounts, first and last. */
  uids: { first: number; last: number };
  share: {
    /** The group of the files may write to what customers upload, whatever mode their programs ask for. */
    writable: boolean;
  };
  watch: {
    /** `init` makes a service of it. */
    enabled: boolean;
    /** What cannot be delivered is tried again after `first`, then after twice as long, up to `most`, `for` so long. */
    retry: { first: Duration; most: Duration; for: Duration };
    /** Where sshd's own lines come from: the file that `log.sshd` names, or systemd's journal. */
    sshd: 'log' | 'journal';
    /** A text file for Prometheus. */
    metricsFile: HostPath | null;
  };
  mail: {
    /** Null for sftpjail@ and the name of this machine. */
    from: string | null;
    /** The administrators, who get a mail for each session. */
    to: string[];
    /** An account with a mail address gets one for each session of its own. */
    receipts: boolean;
    /** Sessions that moved nothing as well. */
    empty: boolean;
    /** How long sessions are gathered, to be told in one mail. */
    gather: Duration;
    /** The program that mail is handed to, in place of a server. */
    sendmail: HostPath | null;
    smtp: {
      host: string;
      port: number;
      /** `auto` encrypts where the server offers it, `starttls` and `implicit` insist. */
      tls: 'auto' | 'starttls' | 'implicit' | 'none';
      /** Certificates of authorities, where those that Node knows will not do. */
      ca: HostPath | null;
      user: string | null;
      passwordFile: HostPath | null;
    };
  };
  /** A command for each event; whom they run as, how long, and how many at a time. */
  hooks: { user: string; timeout: Duration; atOnce: number } & Record<EventName, string[] | null> & {
      /** These can keep a session from beginning, and hold it up. */
      'before-session': (SessionHook & { required: boolean }) | null;
      'after-session': SessionHook | null;
    };
  webhooks: { url: string; on: EventName[]; secretFile: HostPath }[];
  /** What sshd and sftp-server said before something went wrong. */
  forensic: {
    enabled: boolean;
    /** What internal-sftp says: as `sftp.logLevel` has it, or more. */
    sftp: 'verbose' | 'debug1' | 'debug3';
    /** Lines that are held of one session. */
    size: number;
    /** What the lines of all sessions may take, for instance 64M. */
    memory: string;
    criteria: Criterion[];
    capture: LineType[];
  };
  ledger: {
    /** `init` makes a timer of it, or lets `watch` do it where that is a service. */
    enabled: boolean;
    /** `sqlite`, the path of an SQLite database, or `postgres://USER@HOST:PORT/NAME`, without a password. */
    database: string;
    passwordFile: HostPath | null;
  };
  billing: Billing;
}

/** A command that PAM has run as a session begins, or once it is over. */
interface SessionHook {
  command: string[];
  timeout: Duration;
}

/** What makes the held lines of a session worth writing down; named as ProFTPD's mod_log_forensic does. */
export const CRITERIA = ['FailedLogin', 'UntimelyDeath', 'ModuleConfig'] as const;
export type Criterion = (typeof CRITERIA)[number];

/** The kinds of lines that are held: of sshd, of PAM, requests, opens and closes, debug messages, others. */
export const LINE_TYPES = ['syslog', 'SystemLog', 'ExtendedLog', 'TransferLog', 'TraceLog', 'Unspec'] as const;
export type LineType = (typeof LINE_TYPES)[number];

/** What customers are billed for, and told of before. Money is decimal text and never a float. */
export interface Billing {
  /** The zone of months and days; `host` is that of this machine. */
  timezone: TimeZone | 'host';
  currency: string;
  /** Digits behind the point of the currency's smallest unit. */
  decimals: number;
  /** What the rates are for: so many bytes. */
  per: ByteUnit;
  /** Which figure of the month's daily snapshots is billed. */
  storageBy: 'mean' | 'peak';
  /** Percents of a quota at which notice is given. */
  notices: number[];
  /** What holds for every account, unless its plan or the account itself says otherwise. */
  rates: Tariff;
  plans: Record<string, PartialTariff>;
  accounts: Record<string, PartialTariff & { plan?: string }>;
}

export interface Tariff {
  /** A month's fee. */
  base: Decimal;
  upload: Meter;
  download: Meter;
  /** Uploads and downloads together. */
  volume: Meter;
  storage: Meter;
  /** Bytes of which notices tell percents; null for what is included, where anything is. */
  quota: { volume: number | null; storage: number | null };
}

export const METERS = ['upload', 'download', 'volume', 'storage'] as const;
export type MeterName = (typeof METERS)[number];

export interface Meter {
  /** Bytes that cost nothing. */
  included: number;
  /** What each unit beyond costs. */
  rate: Decimal;
}

export type PartialTariff = { [Key in keyof Tariff]?: Tariff[Key] extends Decimal ? Decimal : Partial<Tariff[Key]> };

/** Of events that commands and other machines can be told of. */
export const EVENTS = [
  'login',
  'login-failed',
  'session-opened',
  'upload-completed',
  'session-closed',
  'lines-missing',
  'quota-reached',
] as const;
export type EventName = (typeof EVENTS)[number];

const FREE: Meter = { included: 0, rate: '0' as Decimal };

export const DEFAULT_CONFIG: Config = {
  root: '/sftp-root' as HostPath,
  data: 'data' as FolderName,
  groups: {
    files: 'sftp' as GroupName,
    only: 'sftp-only' as GroupName,
    readOnly: 'sftp-readonly' as GroupName,
    admin: 'sftp-admin' as GroupName,
  },
  sftp: { umask: '0007' as Umask, logLevel: 'VERBOSE', facility: 'LOCAL3', symlinks: 'deny' },
  sshd: { logLevel: 'VERBOSE' },
  log: {
    socket: 'shared',
    file: '/var/log/sftp.log' as HostPath,
    sshd: 'auto',
    timezone: 'host',
    detail: 50_000,
    forward: null,
    receive: null,
    senders: {},
    rotate: { every: 'weekly', keep: 12, maxsize: '100M' },
  },
  uids: { first: 70_000, last: 99_999 },
  share: { writable: false },
  watch: {
    enabled: false,
    retry: { first: '10s' as Duration, most: '1h' as Duration, for: '5d' as Duration },
    sshd: 'log',
    metricsFile: null,
  },
  mail: {
    from: null,
    to: [],
    receipts: true,
    empty: false,
    gather: '0s' as Duration,
    sendmail: null,
    smtp: { host: 'localhost', port: 25, tls: 'auto', ca: null, user: null, passwordFile: null },
  },
  hooks: {
    ...{ user: 'sftpjail', timeout: '30s' as Duration, atOnce: 4 },
    ...{ login: null, 'login-failed': null, 'session-opened': null },
    ...{ 'upload-completed': null, 'session-closed': null, 'lines-missing': null },
    ...{ 'before-session': null, 'after-session': null },
    'quota-reached': null,
  },
  webhooks: [],
  forensic: {
    ...{ enabled: false, sftp: 'verbose', size: 1024, memory: '64M' },
    ...{ criteria: ['FailedLogin', 'UntimelyDeath'], capture: [...LINE_TYPES] },
  },
  ledger: { enabled: false, database: 'sqlite', passwordFile: null },
  billing: {
    ...{ timezone: 'host', currency: 'EUR', decimals: 2, per: 'GB', storageBy: 'mean', notices: [60, 80, 100] },
    rates: {
      ...{ base: '0' as Decimal, upload: FREE, download: FREE, volume: FREE, storage: FREE },
      quota: { volume: null, storage: null },
    },
    ...{ plans: {}, accounts: {} },
  },
};

const saysNothing = (text: string): boolean => text.split('\n').every((line) => /^\s*(#.*)?$/.test(line));

/**
 * The configuration of a host. The YAML parser is loaded only for a file that says something, because `refresh-links`
 * runs in rsyslog's start and must be quick.
 *
 * @param file where to read it; a missing file means the defaults, unless it was asked for by name
 * @throws OperatorError `usage` with file:line for a key or value that is wrong
 */
export async function loadConfig(file: string, mustExist = false): Promise<Config> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!mustExist && isErrno(error, 'ENOENT')) return DEFAULT_CONFIG;
    const hint = isErrno(error, 'EACCES') ? 'run it as root, with sudo' : `ls -l ${shellQuote(file)}`;
    throw refused(`cannot read the configuration ${file}: ${(error as Error).message}`, hint);
  }
  if (saysNothing(text)) return DEFAULT_CONFIG;
  const { parseConfig } = await import('./config-file.ts');
  return parseConfig(text, file);
}
