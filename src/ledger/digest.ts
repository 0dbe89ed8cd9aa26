import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { ChangeTableRow, SessionRow, TransferTableRow } from './schema.ts';

type Session = Omit<Selectable<SessionRow>, 'id' | 'host_id' | 'source_id' | 'superseded'>;
type Transfer = Omit<TransferTableRow, 'session_id' | 'source_id' | 'superseded'>;
type Change = Omit<ChangeTableRow, 'session_id' | 'source_id' | 'superseded'>;

export interface Digests {
  /** SHA-256 of what is not personal. */
  content: Buffer;
  /** HMAC-SHA-256 of what is: account, client, key and every name of a file. */
  personal: Buffer;
}

/** So many characters are hashed at a time. */
const PORTION = 1 << 16;

/**
 * What a session enters its host's chain with, from its rows: the session, its transfers and its changes, each in the order
 * of `n`. Numbers of rows in this ledger are no part of it, and neither is whether a row was superseded.
 */
export class SessionDigest {
  private readonly contentHash: Hash = createHash('sha256');
  private readonly personalHash: Hmac;
  private content = '';
  private personal = '';

  /** @param key of the row; what is personal cannot be told any more without it */
  constructor(host: string, row: Session, key: Uint8Array) {
    this.personalHash = createHmac('sha256', key);
    this.content = `${JSON.stringify([
      ...['session', host, row.session_key, row.version, row.pid, row.login_method, row.key_type, row.login_ambiguous],
      ...[row.opened_at, row.closed_at, row.first_at, row.last_at, row.ended, row.uploads, row.downloads, row.bytes_in],
      ...[row.bytes_out, row.bytes_copied, row.removed, row.failed, row.exact, row.omitted, row.requests],
      row.source_offset,
    ])}\n`;
    this.personal = `${JSON.stringify([row.user_name, row.client_ip, row.client_port, row.key_fingerprint])}\n`;
  }

  transfer(row: Transfer): void {
    const { n, direction, status, path_cut, bytes_read, bytes_written, exact, copied, error } = row;
    this.content += `${n} ${direction} ${status} ${path_cut} ${bytes_read} ${bytes_written} ${exact} ${copied} ${row.opened_at} ${row.closed_at} ${row.source_offset} ${error === null ? '' : JSON.stringify(error)}\n`;
    this.name(row.path, row.path_raw);
    this.take();
  }

  change(row: Change): void {
    const { n, at, action, status, path_cut, attributes, request, error } = row;
    this.content += `${n} ${at} ${action} ${status} ${path_cut} ${row.source_offset} ${JSON.stringify([attributes, request, error])}\n`;
    this.name(row.path, row.path_raw);
    this.name(row.target, null);
    this.name(row.readings, null);
    this.take();
  }

  end(): Digests {
    this.flush();
    return { content: this.contentHash.digest(), personal: this.personalHash.digest() };
  }

  /** Behind its length, so that no name can look like two. */
  private name(text: string | null, raw: Uint8Array | null): void {
    this.personal += text === null ? '-\n' : `${text.length} ${text}\n`;
    if (raw !== null) this.personal += `${Buffer.from(raw).toString('hex')}\n`;
  }

  private take(): void {
    if (this.content.length + this.personal.length > PORTION) this.flush();
  }

  private flush(): void {
    this.contentHash.update(this.content);
    this.personalHash.update(this.personal);
    [this.content, this.personal] = ['', ''];
  }
}

/** Of an entry that is no session and has nothing personal in it. */
export const plainDigests = (values: readonly unknown[]): Digests => ({
  content: createHash('sha256').update(JSON.stringify(values)).digest(),
  personal: Buffer.alloc(32),
});

/** What the first entry of a chain is bound to. */
export const NO_HASH: Buffer = Buffer.alloc(32);

/** The hash of an entry. @param before the hash of the entry before it, or NO_HASH */
export const chainHash = (before: Uint8Array, { content, personal }: Digests): Buffer =>
  createHash('sha256').update(before).update(content).update(personal).digest();
