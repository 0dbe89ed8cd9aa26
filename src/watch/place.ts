import { createHash } from 'node:crypto';

/** As many bytes of a log's beginning tell it from every other. */
export const HEAD = 1024;
/** As many bytes before a place tell whether a file was truncated and grew again. */
export const TAIL = 256;

/** A file of a log, whatever its name and compression: SHA-256 of its first bytes, or of its lines while it is shorter. */
export interface FileIdentity {
  bytes: number;
  sha256: string;
}

/** Where the reading of a log is. */
export interface Place {
  /** Null where nothing of the log can be told from another any more: what came after `second` is new. */
  file: FileIdentity | null;
  /** Of uncompressed bytes. */
  offset: number;
  /** SHA-256 of the bytes before the offset, at most 256 of them. */
  tail: string;
  /** Seconds since 1970 of the last line that was read. */
  second: number;
  /** What systemd's journal calls the last line, where that is the log. */
  cursor?: string;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const NEWLINE = 0x0a;

/** @param head the first bytes of a file, 1,024 where there are as many */
export function identityOf(head: Buffer): FileIdentity | null {
  const bytes = head.length >= HEAD ? HEAD : head.lastIndexOf(NEWLINE) + 1;
  return bytes === 0 ? null : { bytes, sha256: sha256(head.subarray(0, bytes)) };
}

/** Whether a file that begins like this is the one meant, which may have grown since. */
export const isFile = (identity: FileIdentity | null, head: Buffer): boolean =>
  identity !== null && head.length >= identity.bytes && sha256(head.subarray(0, identity.bytes)) === identity.sha256;

/** The bytes before a place that are kept to know it again. */
export const tailOf = (...parts: Buffer[]): Buffer => {
  const all = Buffer.concat(parts.map((part) => part.subarray(Math.max(0, part.length - TAIL))));
  return all.subarray(Math.max(0, all.length - TAIL));
};
