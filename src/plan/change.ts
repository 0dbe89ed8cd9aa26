/** States of the things that we put on a host, by kind. A state says only what matters; what it leaves out may be anything. */
export interface States {
  group: { gid?: number };
  account: AccountState;
  /** Whether a login is refused because the account expired: shadow's day number, or null for never. */
  expiry: { day: number | null };
  directory: { owner: string; group: string; mode: string };
  /** One in which a daemon of ours keeps what is its own. */
  daemonFolder: { owner: string; group: string; mode: string };
  /** A folder somewhere below one that a customer owns, who may put anything in its place. */
  folder: { below: string; owner: string; group: string };
  file: { owner: string; group: string; mode: string; content: string };
  /** A file whose content others write: made empty, removed only while empty. */
  log: { owner: string; group: string; mode: string };
  symlink: { to: string };
  /** The line of ours in a file that is another's. */
  line: { line: string };
  /** One more name for the log socket. */
  link: { to: string };
  /** A socket that a daemon makes; ours is only to clear away what it leaves behind. */
  socket: Record<string, never>;
  /** A folder that is seen here and stands elsewhere, or `tmpfs` for one in memory; systemd mounts it. */
  mount: { from: string };
  /** A removed customer's jail, kept where nobody but root can reach it. */
  retired: { to: string };
  /** A folder with all that is in it; it can be deleted, and never be had back. */
  tree: Record<string, never>;
  /**
   * A password is set; the secret itself never becomes part of a plan. `unlike` is a digest of what shadow said of the
   * one before, where one is to be replaced.
   */
  password: { set: true; unlike?: string };
  /** Of one account or of several, their names with spaces between. */
  sessions: { ended: true };
  sync: Sync;
  check: Check;
}

export interface AccountState {
  uid: number;
  group: string;
  /** Supplementary groups, sorted. */
  groups: string[];
  comment: string;
  home: string;
  shell: string;
}

/** A daemon is brought in step with the disk: `in` once our files stand there, `out` once they are gone. */
interface Sync {
  way: 'in' | 'out';
  /** The things whose change makes this necessary. */
  reads: string[];
}

/** A condition that must hold before the plan goes on. */
export interface Check {
  /** The changes that make it necessary; none means always. */
  reads: string[];
  /** The account it is about, where it is about one. */
  user?: string;
  /** What sshd must print for that account, keyword to value. */
  expected?: Record<string, string>;
}

export type Kind = keyof States;

/**
 * One thing to be done to a host, as data. `null` means absent. Read forwards it is done, read backwards it is undone:
 * a `sync` or `check` that has only `after` acts on the way forwards, one that has only `before` acts on the way back.
 */
export type Change<K extends Kind = Kind> = {
  [P in K]: { kind: P; at: string; before: States[P] | null; after: States[P] | null };
}[K];

export interface Plan {
  /** The command that made it, as typed: shown to whoever waits for the lock, and by `recover`. */
  command: string;
  changes: Change[];
  /** From this change on, an interrupted plan can only be finished. */
  pointOfNoReturn?: number;
  /** What the operator should know before agreeing. */
  notes: string[];
}
