import type { Generated, Kysely, Selectable } from 'kysely';

/** Seconds and bytes are numbers; times are UTC, in microseconds since 1970. A truth is 0 or 1, in both databases. */
type Micros = number;
type Truth = 0 | 1;
/** SHA-256 and other bytes: what SQLite gives is a Uint8Array, what PostgreSQL gives a Buffer. */
type Bytes = Uint8Array;

export interface HostRow {
  id: Generated<number>;
  /** As its log lines name it. */
  name: string;
  /** Null of a host of which only forwarded lines came. */
  machine_id: string | null;
  added_at: Micros;
}

export interface SourceRow {
  id: Generated<number>;
  /** Whose file it is: the host that read it. */
  host_id: number;
  /** Where it stood when it was read last. */
  path: string;
  /** SHA-256 of so many of its first bytes, uncompressed; see FileIdentity. */
  head_bytes: number;
  head_sha256: string;
  /** So many bytes of it, uncompressed, have been read. */
  read_to: number;
  seen_at: Micros;
}

export interface ReaderRow {
  host_id: number;
  /** Grows with each transaction: one that was prepared on another state is refused. */
  version: number;
  /** JSON of a Position; see watch/position.ts. */
  position: string;
}

export interface ToldRow {
  host_id: number;
  session_key: string;
  mark: number;
}

export interface SessionRow {
  id: Generated<number>;
  host_id: number;
  /** The id of `sessions --json`. */
  session_key: string;
  /** 1, and one more for each time that later evidence told more of it; the highest counts. */
  version: number;
  superseded: Truth;
  pid: number;
  user_name: string | null;
  client_ip: string | null;
  client_port: number | null;
  login_method: string | null;
  key_type: string | null;
  key_fingerprint: string | null;
  login_ambiguous: Truth;
  opened_at: Micros | null;
  closed_at: Micros | null;
  /** Of the first line that was read of it; of the last, to the end of that second. */
  first_at: Micros;
  last_at: Micros;
  ended: string;
  uploads: number | null;
  downloads: number | null;
  bytes_in: number | null;
  bytes_out: number | null;
  bytes_copied: number;
  removed: number | null;
  failed: number;
  exact: Truth;
  omitted: number;
  /** All its transfers and changes, those without a row included. */
  requests: number;
  source_id: number;
  source_offset: number;
}

export interface TransferTableRow {
  session_id: number;
  n: number;
  superseded: Truth;
  direction: 'upload' | 'download' | 'both' | 'none';
  status: 'completed' | 'partial' | 'failed' | 'unknown';
  path: string;
  path_raw: Bytes | null;
  path_cut: Truth;
  bytes_read: number | null;
  bytes_written: number | null;
  exact: Truth;
  copied: 'likely' | 'certain' | null;
  error: string | null;
  opened_at: Micros | null;
  closed_at: Micros | null;
  source_id: number;
  source_offset: number;
}

export interface ChangeTableRow {
  session_id: number;
  n: number;
  superseded: Truth;
  at: Micros;
  action: string;
  status: 'completed' | 'failed' | 'unknown';
  path: string | null;
  path_raw: Bytes | null;
  path_cut: Truth;
  target: string | null;
  /** JSON of Reading[]. */
  readings: string | null;
  /** JSON of SetAttributes. */
  attributes: string | null;
  request: string | null;
  error: string | null;
  source_id: number;
  source_offset: number;
}

export interface ChainRow {
  host_id: number;
  /** From 1. */
  position: number;
  kind: 'session' | 'correction' | 'erasure' | 'checkpoint';
  /** Of the session, correction, erasure or checkpoint. */
  entry_id: number;
  /** SHA-256 of what is not personal. */
  content: Bytes;
  /** HMAC-SHA-256 of what is, under the key of the row. */
  personal: Bytes;
  /** Null once what is personal was erased or pruned. */
  row_key: Bytes | null;
  /** SHA-256 of the hash before, `content` and `personal`. */
  hash: Bytes;
}

export interface CorrectionRow {
  id: Generated<number>;
  host_id: number;
  /** What was told before, and what is told now. */
  session_id: number;
  by_session_id: number;
  reason: string;
  recorded_at: Micros;
}

export interface CheckpointRow {
  id: Generated<number>;
  host_id: number;
  /** Where the chain begins now: entries up to here were pruned. */
  position: number;
  hash: Bytes;
  /** Places behind it that were pruned, and of which the digests are still needed; see positions.ts. */
  hollow: string;
  /** JSON of Sums: of everything that was pruned so far. */
  sums: string;
  /** What was pruned had ended before. */
  before_at: Micros;
  recorded_at: Micros;
}

export interface StatementRow {
  id: Generated<number>;
  number: string;
  user_name: string;
  /** `2026-10` */
  month: string;
  text: string;
  /** SHA-256 of the text. */
  sha256: string;
  /** JSON of the figures that were billed, of which the next one tells how they have changed. */
  figures: string;
  /** JSON of [host, position, hash] for each host: what the ledger held. */
  heads: string;
  recorded_at: Micros;
}

export interface StorageSnapshotRow {
  host_id: number;
  user_name: string;
  /** `2026-10-31`, in billing.timezone. */
  day: string;
  bytes: number;
  files: number | null;
  /** How it was found: `quota` or `walk`. */
  method: string;
  taken_at: Micros;
}

export interface NoticeRow {
  id: Generated<number>;
  user_name: string;
  /** `volume` or `storage`. */
  kind: string;
  /** `2026-10` */
  period: string;
  percent: number;
  figure: number;
  quota: number;
  raised_at: Micros;
  /** Null until it was handed on. */
  told_at: Micros | null;
}

export interface ErasureRow {
  id: Generated<number>;
  host_id: number;
  /** What stands where the name stood. */
  pseudonym: string;
  sessions: number;
  /** Of the entries in the chain of the host; see positions.ts. */
  positions: string;
  erased_at: Micros;
}

export interface AnnouncedHeadsRow {
  /** Which host told its system log. */
  host_id: number;
  /** `2026-10-31`, UTC. */
  day: string;
}

/** Every table of the ledger, and what its rows are. */
export interface LedgerTables {
  hosts: HostRow;
  sources: SourceRow;
  readers: ReaderRow;
  told: ToldRow;
  sessions: SessionRow;
  transfers: TransferTableRow;
  changes: ChangeTableRow;
  chain: ChainRow;
  corrections: CorrectionRow;
  checkpoints: CheckpointRow;
  statements: StatementRow;
  storage_snapshots: StorageSnapshotRow;
  notices: NoticeRow;
  erasures: ErasureRow;
  announced_heads: AnnouncedHeadsRow;
}

export type LedgerDb = Kysely<LedgerTables>;
export type Row<Table extends keyof LedgerTables> = Selectable<LedgerTables[Table]>;
