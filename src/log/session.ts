/** How a session ended; `open` and `unknown` where the log does not say. */
export type SessionEnd = 'closed' | 'aborted' | 'killed' | 'timeout' | 'open' | 'unknown';

/** Who logged in to the session, as far as sshd's lines tell. */
export interface Login {
  /** sshd's own word: publickey, password, keyboard-interactive/pam, ... */
  method: string | null;
  /** As sshd prints it: ED25519, RSA, ... */
  keyType: string | null;
  /** SHA256:... */
  fingerprint: string | null;
  /** Several logins can be behind this session; what they do not share is null. */
  ambiguous?: true;
}

/**
 * One handle on one file, from its open to its close. A path is as seen from inside the jail.
 *
 * Status: `completed` the client closed it, `partial` it was still open when the session ended or an error came in
 * between, `failed` the open was refused, `unknown` the log does not tell.
 */
export interface Transfer {
  /** The rank among the transfers and changes of the session, from 1. */
  n: number;
  direction: 'upload' | 'download' | 'both' | 'none';
  path: string;
  /** Where the path is no UTF-8: as OpenSSH escaped it. */
  pathRaw?: string;
  /** The path can be longer: OpenSSH cut the line at 500 bytes. */
  pathCut?: true;
  /** Bytes; null where they are not known. */
  bytesRead: number | null;
  bytesWritten: number | null;
  status: 'completed' | 'partial' | 'failed' | 'unknown';
  /** What sftp-server said. */
  error?: string;
  /** The bytes are known. */
  exact: boolean;
  /** Copied on the server: the bytes never crossed the wire. `certain` only at DEBUG1. */
  copy?: 'likely' | 'certain';
  opened: string | null;
  closed: string | null;
}

export type ChangeAction = 'remove' | 'rename' | 'mkdir' | 'rmdir' | 'symlink' | 'hardlink' | 'set' | 'refused';

/** What `set` lines say of one request; a mode is octal, a modtime UTC. */
export interface SetAttributes {
  size?: number;
  mode?: string;
  modtime?: string;
  uid?: number;
  gid?: number;
}

/** One of the readings of a message with two paths, where a quote in a name leaves several. */
export interface Reading {
  path: string;
  target: string;
}

/** Everything but transfers that a customer did, or tried to do, to the tree. */
export interface SessionChange {
  n: number;
  at: string;
  action: ChangeAction;
  /**
   * What it was done to: the old name of a rename, the existing name of a hard link, the link that a symlink made.
   * Null where it is not known.
   */
  path: string | null;
  pathRaw?: string;
  pathCut?: true;
  /** The new name of a rename or hard link; what a symlink says. */
  target?: string;
  readings?: Reading[];
  set?: SetAttributes;
  /** Of `refused`: the name of the request. */
  request?: string;
  status: 'completed' | 'failed' | 'unknown';
  error?: string;
}

/**
 * Counts of a whole session; null where nothing of a count is known, a lower bound where `exact` is false, but for bytes
 * that below DEBUG1 may have been copied on the server.
 */
export interface SessionTotals {
  /** Completed ones; what was copied on the server is neither. */
  uploads: number | null;
  downloads: number | null;
  /** Bytes that the customer sent, partial transfers included. */
  bytesIn: number | null;
  /** Bytes that the customer fetched, partial transfers included. */
  bytesOut: number | null;
  bytesCopied: number;
  /** Completed removals of files and folders. */
  removed: number | null;
  /** Transfers and changes that are known to have failed; those of which the status is unknown may have, too. */
  failed: number;
  /** Nothing was left out; `failed` does not count here. */
  exact: boolean;
}

/**
 * What became of one run of sftp-server: an interface with a version. Times are UTC with `Z` and as many fraction
 * digits as were logged.
 */
export interface Session {
  v: 1;
  /**
   * The first 16 hex digits of SHA-256 over host, pid and the stamp of its beginning, so that the same lines give the
   * same id; with an `x` in front where the beginning is missing and the first line seen stands for it.
   */
  id: string;
  host: string;
  user: string | null;
  client: { ip: string | null; port: number | null };
  login: Login | null;
  opened: string | null;
  closed: string | null;
  end: SessionEnd;
  transfers: Transfer[];
  changes: SessionChange[];
  totals: SessionTotals;
  /** How many transfers and changes are counted in the totals and not listed. */
  omitted?: number;
}

/** What a session is without what it did. */
export type SessionHead = Omit<Session, 'transfers' | 'changes' | 'totals' | 'omitted'>;

/** A login that was refused, or one without a session. */
export interface LoginRecord {
  at: string;
  host: string;
  user: string | null;
  ip: string | null;
  port: number | null;
  /** `refused` it got no further than sshd; `unused` it was let in and no SFTP session came of it. */
  outcome: 'refused' | 'unused';
  method: string | null;
  keyType: string | null;
  fingerprint: string | null;
  /** What sshd said. */
  reason: string | null;
}

/** A session that has begun. */
export interface OpenedRecord extends Pick<Session, 'id' | 'host' | 'user' | 'client' | 'login'> {
  at: string;
}

/** An upload that the client completed, in a session that may go on. */
export interface UploadRecord extends Pick<Session, 'host' | 'user' | 'client' | 'login'> {
  /** The id of the session. */
  sessionId: string;
  transfer: Transfer;
}

/** What can change the rights of something: a file that was closed, a folder that was made, ... */
export type Touch = 'closed' | 'made' | 'remoded' | 'renamed';

/** A line that says so, when it is read: whether it came to that nobody knows yet. */
export interface TouchRecord extends Pick<Session, 'id' | 'host' | 'user' | 'client'> {
  at: string;
  touch: Touch;
  /** The name as it was escaped; of `renamed` both, with what stands between them. */
  raw: string;
}

/** A login that was let in; what it was for is not known yet. */
export interface AcceptedRecord {
  at: string;
  host: string;
  user: string;
  client: Session['client'];
  login: Login;
}
