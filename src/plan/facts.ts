import type { Config } from '../config.ts';
import type { Facility, FolderName, FolderPath, LogLevel } from '../spec.ts';

/** What brings services up on a host; `image` is a mounted file system on which nothing runs. */
export type HostKind = 'systemd' | 'openrc' | 'service' | 'none' | 'image';

export type Role = 'only' | 'readOnly' | 'admin';

/** An account of ours, as the operating system's register has it. */
export interface Account {
  name: string;
  uid: number;
  role: Role;
  hasPassword: boolean;
  expires: number | null;
  comment: string;
}

/** What an administrator declared for one account beyond what the operating system stores. */
export interface Declared {
  mail?: string;
  logLevel?: LogLevel;
  facility?: Facility;
  /** Folders that are made below the data folder. */
  folders?: FolderPath[];
  /** Shared folders that are seen in the jail. */
  shares?: FolderName[];
  /** Of an account that is locked: the date from which on it is shut anyway, which shadow has no room for meanwhile. */
  expires?: string;
  /** Of an account that is locked: the date on which that ends. */
  lockedUntil?: string;
}

/** How units start us: absolute paths, and the configuration where it is not the usual one. */
export interface Self {
  node: string;
  script: string;
  config: string | null;
}

/** Whom rsyslog writes its files as, and what our drop-in has to say because the host's own files do or do not. */
export interface RsyslogFacts {
  owner: string;
  group: string;
  /** The host turned on `$RepeatedMsgReduction`. */
  turnOffReduction: boolean;
  /** Nothing else loads imuxsock; loading it twice is an error. */
  loadModule: boolean;
}

/** What a plan needs to know of a host; found out once, before anything is planned. */
export interface HostFacts {
  config: Config;
  kind: HostKind;
  self: Self;
  rsyslog: RsyslogFacts;
  /** The group that can write to the log's folder, for which logrotate wants a `su` line. */
  logFolderGroup: string | null;
  accounts: Account[];
  declared: ReadonlyMap<string, Declared>;
  /** The same as it stands on the disk. */
  declaredTexts: ReadonlyMap<string, string>;
  /** The daemon: the uid that its user has or would get, and whether anything of it is installed. */
  watch: { uid: number; isInstalled: boolean };
  /** The sockets of units of the daemon's that are installed, wanted or not. */
  helpers: readonly string[];
  /** sshd's file of PAM has a line of ours. */
  hasPamLine: boolean;
  /** Forensics: whether it is installed, has written down anything, and sshd's processes are programs of their own (9.8). */
  forensic: { isInstalled: boolean; hasLog: boolean; isSplit: boolean };
  /** The accounts whose jails systemd makes a socket for, whether they should have one or not. */
  jailSockets: readonly string[];
  /** The mounts of shared folders that systemd was told of, whether they should be there or not. */
  shareMounts: readonly { jail: string; share: string }[];
  /** What an earlier run of ours made on this host and may take away again: `KIND AT`. */
  made: readonly string[];
  /** Of the groups and shared folders that we need, those that do not exist: `KIND AT`. */
  missing: ReadonlySet<string>;
  /** The text of our configuration file, or null where there is none. */
  configText: string | null;
}
