import { createHash, createHmac } from 'node:crypto';
import { Canonical } from './canonical.ts';

/** What of a session enters the chain. */
export interface SealedSession {
  session_key: string;
  version: number;
  pid: number;
  user_name: string | null;
  client_ip: string | null;
  client_port: number | null;
  login_method: string | null;
  key_type: string | null;
  key_fingerprint: string | null;
  login_ambiguous: number;
  opened_at: number | null;
  closed_at: number | null;
  first_at: number;
  last_at: number;
  ended: string;
  uploads: number | null;
  downloads: number | null;
  bytes_in: number | null;
  bytes_out: number | null;
  bytes_copied: number;
  removed: number | null;
  failed: number;
  exact: number;
  omitted: number;
  requests: number;
  source_offset: number;
}

export interface SealedTransfer {
  n: number;
  direction: string;
  status: string;
  path: string;
  path_raw: Uint8Array | null;
  path_cut: number;
  bytes_read: number | null;
  bytes_written: number | null;
  exact: number;
  copied: string | null;
  error: string | null;
  opened_at: number | null;
  closed_at: number | null;
  source_offset: number;
}

export interface SealedChange {
  n: number;
  at: number;
  action: string;
  status: string;
  path: string | null;
  path_raw: Uint8Array | null;
  path_cut: number;
  target: string | null;
  readings: string | null;
  attributes: string | null;
  request: string | null;
  error: string | null;
  source_offset: number;
}

/** Later evidence: which row counted before, and which counts now. */
export interface SealedCorrection {
  session_id: number;
  by_session_id: number;
  reason: string;
  recorded_at: number;
}

/** An account whose personal fields and keys were erased. */
export interface SealedErasure {
  pseudonym: string;
  sessions: number;
  /** Where in the chain they stand; see positions.ts. */
  positions: string;
  erased_at: number;
}

/** What was pruned. */
export interface SealedCheckpoint {
  /** The last place of which, and of all before it, nothing is left but the hash. */
  position: number;
  hash: Uint8Array;
  /** Places behind it of which only the digests are left; see positions.ts. */
  hollow: string;
  /** JSON of the sums of everything that was pruned. */
  sums: string;
  before_at: number;
  recorded_at: number;
}

/** What an entry of the chain is made of, 32 bytes each. */
export interface Digests {
  /** SHA-256 of what is not personal. */
  content: Uint8Array;
  /** HMAC-SHA-256 of what is, under the key of the row: without the key it tells nothing of it. */
  personal: Uint8Array;
}

/** How far a chain goes; of an empty one 0 and its beginning. */
export interface Head {
  position: number;
  hash: Uint8Array;
}

/**
 * The digests of a session's entry: of the session, then of its transfers in the order of their ranks, then of its changes
 * likewise. What a customer chose, and what tells who it was, is personal: names of files, addresses, keys, and what
 * sftp-server said of an error, which can quote a name.
 */
export class Seal {
  private readonly contentHash = createHash('sha256');
  private readonly personalHash: ReturnType<typeof createHmac>;
  private readonly content = new Canonical(this.contentHash);
  private readonly personal: Canonical;

  /** @param key 32 random bytes, of this entry alone */
  constructor(key: Uint8Array) {
    this.personalHash = createHmac('sha256', key);
    this.personal = new Canonical(this.personalHash);
  }

  /** @param source the number of the file that it was read from */
  session(row: SealedSession, source: number): void {
    const { content, personal } = this;
    content.record('S');
    content.text(row.session_key);
    content.integer(row.version);
    content.integer(row.pid);
    content.text(row.login_method);
    content.text(row.key_type);
    content.integer(row.login_ambiguous);
    content.integer(row.opened_at);
    content.integer(row.closed_at);
    content.integer(row.first_at);
    content.integer(row.last_at);
    content.text(row.ended);
    content.integer(row.uploads);
    content.integer(row.downloads);
    content.integer(row.bytes_in);
    content.integer(row.bytes_out);
    content.integer(row.bytes_copied);
    content.integer(row.removed);
    content.integer(row.failed);
    content.integer(row.exact);
    content.integer(row.omitted);
    content.integer(row.requests);
    content.integer(source);
    content.integer(row.source_offset);
    personal.record('S');
    personal.text(row.user_name);
    personal.text(row.client_ip);
    personal.integer(row.client_port);
    personal.text(row.key_fingerprint);
  }

  transfer(row: SealedTransfer, source: number): void {
    const { content, personal } = this;
    content.record('T');
    content.integer(row.n);
    content.text(row.direction);
    content.text(row.status);
    content.integer(row.path_cut);
    content.integer(row.bytes_read);
    content.integer(row.bytes_written);
    content.integer(row.exact);
    content.text(row.copied);
    content.integer(row.opened_at);
    content.integer(row.closed_at);
    content.integer(source);
    content.integer(row.source_offset);
    personal.record('T');
    personal.integer(row.n);
    personal.text(row.path);
    personal.bytes(row.path_raw);
    personal.text(row.error);
  }

  change(row: SealedChange, source: number): void {
    const { content, personal } = this;
    content.record('C');
    content.integer(row.n);
    content.integer(row.at);
    content.text(row.action);
    content.text(row.status);
    content.integer(row.path_cut);
    content.text(row.request);
    content.integer(source);
    content.integer(row.source_offset);
    personal.record('C');
    personal.integer(row.n);
    personal.text(row.path);
    personal.bytes(row.path_raw);
    personal.text(row.target);
    personal.text(row.readings);
    personal.text(row.attributes);
    personal.text(row.error);
  }

  end(): Digests {
    this.content.end();
    this.personal.end();
    return { content: this.contentHash.digest(), personal: this.personalHash.digest() };
  }
}

/** Of an entry that has no key, because it has nothing personal in it. */
const NOTHING_PERSONAL = Buffer.alloc(32);

function sha256Of(letter: string, write: (content: Canonical) => void): Buffer {
  const hash = createHash('sha256');
  const content = new Canonical(hash);
  content.record(letter);
  write(content);
  content.end();
  return hash.digest();
}

const plain = (letter: string, write: (content: Canonical) => void): Digests => ({
  content: sha256Of(letter, write),
  personal: NOTHING_PERSONAL,
});

export const digestsOfCorrection = (row: SealedCorrection): Digests =>
  plain('K', (content) => {
    content.integer(row.session_id);
    content.integer(row.by_session_id);
    content.text(row.reason);
    content.integer(row.recorded_at);
  });

export const digestsOfErasure = (row: SealedErasure): Digests =>
  plain('E', (content) => {
    content.text(row.pseudonym);
    content.integer(row.sessions);
    content.text(row.positions);
    content.integer(row.erased_at);
  });

export const digestsOfCheckpoint = (row: SealedCheckpoint): Digests =>
  plain('P', (content) => {
    content.integer(row.position);
    content.bytes(row.hash);
    content.text(row.hollow);
    content.text(row.sums);
    content.integer(row.before_at);
    content.integer(row.recorded_at);
  });

/** What stands before the first entry: the chain of one host is none of another's. */
export const beginning = (host: string): Buffer => sha256Of('H', (content) => content.text(host));

/** The hash of an entry: of three values of 32 bytes each. */
export const step = (previous: Uint8Array, { content, personal }: Digests): Buffer =>
  createHash('sha256').update(previous).update(content).update(personal).digest();

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** `1234:9f86d0...` */
export const renderHead = ({ position, hash }: Head): string => `${position}:${hexOf(hash)}`;

/** @returns null for what is no head */
export function parseHead(text: string): Head | null {
  const [, position, hash] = /^(0|[1-9]\d{0,14}):([\da-f]{64})$/.exec(text) ?? [];
  return hash === undefined ? null : { position: Number(position), hash: Buffer.from(hash, 'hex') };
}
