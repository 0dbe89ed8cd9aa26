import { randomFillSync } from 'node:crypto';
import type { Selectable } from 'kysely';
import { ACTIONS, STATUSES as CHANGE_STATUSES, ChangeRow, ERRORS } from '../../log/change-rows.ts';
import { unescapeBytes } from '../../log/escape.ts';
import { latin1 } from '../../log/latin1.ts';
import { type Paths, readPath } from '../../log/paths.ts';
import type { SessionChange, Transfer } from '../../log/session.ts';
import type { Settled } from '../../log/settled.ts';
import { DIRECTIONS, STATUSES, TransferRow } from '../../log/transfer-rows.ts';
import { type Digests, Seal } from '../chain.ts';
import type { ChangeTableRow, SessionRow, TransferTableRow } from '../schema.ts';

/** Of these rows it is decided later which session and which file they are of. */
export type PreparedTransfer = Omit<TransferTableRow, 'session_id' | 'source_id' | 'superseded'> & { evidence: number };
export type PreparedChange = Omit<ChangeTableRow, 'session_id' | 'source_id' | 'superseded'> & { evidence: number };

/** A session as rows, ready to be put into a ledger. */
export interface Prepared {
  host: string;
  row: Omit<Selectable<SessionRow>, 'id' | 'host_id' | 'source_id' | 'superseded'>;
  evidence: number;
  transfers: PreparedTransfer[];
  changes: PreparedChange[];
  key: Buffer;
}

/** Which line tells something: of its file only the offset goes into a row as it is. */
export type OffsetOf = (evidence: number) => number;

/** Makes rows of sessions. The memory of a settled session is another's afterwards: nothing of it is kept. */
export class Preparer {
  private readonly offsetOf: OffsetOf;
  private readonly transferRow = new TransferRow();
  private readonly changeRow = new ChangeRow();
  private readonly keys = Buffer.alloc(32 * 256);
  private nextKey = this.keys.length;

  constructor(offsetOf: OffsetOf) {
    this.offsetOf = offsetOf;
  }

  prepare(settled: Settled): Prepared {
    const { head, totals, omitted, origin, transfers, changes } = settled;
    const { client, login } = head;
    const row: Prepared['row'] = {
      ...{ session_key: head.id, version: 1, pid: origin.pid, user_name: textOf(head.user) },
      ...{ client_ip: textOf(client.ip), client_port: client.port },
      ...{ login_method: login?.method ?? null, key_type: login?.keyType ?? null },
      ...{ key_fingerprint: login?.fingerprint ?? null, login_ambiguous: login?.ambiguous ? 1 : 0 },
      ...{ opened_at: microsOf(head.opened), closed_at: microsOf(head.closed), ended: head.end },
      ...{ first_at: microsOf(origin.firstAt) as number, last_at: origin.lastSecond * 1_000_000 + 999_999 },
      ...{ uploads: totals.uploads, downloads: totals.downloads, removed: totals.removed, failed: totals.failed },
      ...{ bytes_in: countOf(totals.bytesIn), bytes_out: countOf(totals.bytesOut) },
      ...{ bytes_copied: countOf(totals.bytesCopied) ?? 0, exact: totals.exact ? 1 : 0, omitted },
      ...{ requests: transfers.length + changes.length + omitted, source_offset: this.offsetOf(origin.evidence) },
    };
    return {
      ...{ host: head.host, row, evidence: origin.evidence, key: this.newKey() },
      transfers: Array.from({ length: transfers.length }, (_, place) => this.transfer(settled, place)),
      changes: Array.from({ length: changes.length }, (_, place) => this.change(settled, place)),
    };
  }

  private transfer({ transfers }: Settled, place: number): PreparedTransfer {
    const odd = transfers.oddAt(place);
    if (odd !== undefined) return this.oddTransfer(odd, transfers.evidenceAt(place));
    const row = this.transferRow;
    transfers.load(place, row);
    const escaped = latin1(transfers.bytes, row.from, row.to);
    const { path, pathRaw } = row.isPlain ? { path: escaped, pathRaw: undefined } : readPath(escaped, false);
    return {
      n: row.n,
      direction: DIRECTIONS[row.direction] as Transfer['direction'],
      status: STATUSES[row.status] as Transfer['status'],
      path: row.isPlain ? path : withoutNul(path),
      path_raw: row.isPlain ? null : rawOf(path, pathRaw),
      path_cut: 0,
      bytes_read: numberOf(row.bytesRead),
      bytes_written: numberOf(row.bytesWritten),
      exact: row.exact && isKnown(row.bytesRead) && isKnown(row.bytesWritten) ? 1 : 0,
      copied: null,
      error: null,
      opened_at: stampOf(row.opened),
      closed_at: stampOf(row.closed),
      source_offset: this.offsetOf(row.evidence),
      evidence: row.evidence,
    };
  }

  private oddTransfer(transfer: Transfer, evidence: number): PreparedTransfer {
    const { n, direction, status, path, pathRaw, pathCut, bytesRead, bytesWritten, exact, copy, error } = transfer;
    return {
      ...{ n, direction, status, path: withoutNul(path), path_raw: rawOf(path, pathRaw), path_cut: pathCut ? 1 : 0 },
      ...{ bytes_read: countOf(bytesRead), bytes_written: countOf(bytesWritten) },
      exact: exact && bytesRead === countOf(bytesRead) && bytesWritten === countOf(bytesWritten) ? 1 : 0,
      ...{ copied: copy ?? null, error: textOf(error) },
      ...{ opened_at: microsOf(transfer.opened), closed_at: microsOf(transfer.closed) },
      ...{ source_offset: this.offsetOf(evidence), evidence },
    };
  }

  private change({ changes }: Settled, place: number): PreparedChange {
    if (changes.oddAt(place) !== undefined) return this.oddChange(changes.change(place), changes.evidenceAt(place));
    const row = this.changeRow;
    changes.load(place, row);
    const action = ACTIONS[row.action] as SessionChange['action'];
    if (!row.isPlain || action === 'rename' || action === 'hardlink' || action === 'symlink')
      return this.oddChange(changes.change(place), row.evidence);
    return {
      n: row.n,
      at: Math.floor(row.at),
      action,
      status: CHANGE_STATUSES[row.status] as SessionChange['status'],
      path: latin1(changes.bytes, row.from, row.to),
      path_raw: null,
      path_cut: 0,
      target: null,
      readings: null,
      attributes: row.setTo > row.setFrom ? latin1(changes.bytes, row.setFrom, row.setTo) : null,
      request: null,
      error: ERRORS[row.error] ?? null,
      source_offset: this.offsetOf(row.evidence),
      evidence: row.evidence,
    };
  }

  private oddChange(change: SessionChange, evidence: number): PreparedChange {
    const { n, at, action, status, path, pathRaw, pathCut, target, readings, set, request, error } = change;
    return {
      ...{ n, at: microsOf(at) as number, action, status },
      ...{ path: textOf(path), path_raw: path === null ? null : rawOf(path, pathRaw), path_cut: pathCut ? 1 : 0 },
      ...{ target: textOf(target), readings: readings ? withoutNul(JSON.stringify(readings)) : null },
      ...{ attributes: set ? JSON.stringify(set) : null, request: textOf(request), error: textOf(error) },
      ...{ source_offset: this.offsetOf(evidence), evidence },
    };
  }

  /** Random numbers are asked for many at a time. */
  private newKey(): Buffer {
    if (this.nextKey >= this.keys.length) {
      randomFillSync(this.keys);
      this.nextKey = 0;
    }
    this.nextKey += 32;
    return Buffer.from(this.keys.subarray(this.nextKey - 32, this.nextKey));
  }
}

/** What a prepared session enters the chain with. */
export function digestsOf(
  { row, evidence, key, transfers, changes }: Prepared,
  sourceOf: (evidence: number) => number,
): Digests {
  const seal = new Seal(key);
  seal.session(row, sourceOf(evidence));
  for (const transfer of transfers) seal.transfer(transfer, sourceOf(transfer.evidence));
  for (const change of changes) seal.change(change, sourceOf(change.evidence));
  return seal.end();
}

/** No text of PostgreSQL can hold it, and no name that came from sshd does: a log that was damaged may. */
const withoutNul = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text);

const textOf = (text: string | null | undefined): string | null => (text == null ? null : withoutNul(text));

const rawOf = (path: string, pathRaw: Paths['pathRaw']): Buffer | null =>
  pathRaw !== undefined ? unescapeBytes(pathRaw) : path.includes('\0') ? Buffer.from(path) : null;

/** A forged number can have hundreds of digits. */
const countOf = (count: number | null): number | null => (count !== null && Number.isSafeInteger(count) ? count : null);
const isKnown = (value: number): boolean => Number.isNaN(value) || Number.isSafeInteger(value);
const numberOf = (value: number): number | null => (Number.isSafeInteger(value) ? value : null);
const stampOf = (value: number): number | null => (Number.isNaN(value) ? null : Math.floor(value));

/** `2026-11-20T17:16:16.627150Z`, with any number of digits. */
export function microsOf(stamp: string | null): number | null {
  if (stamp === null) return null;
  const [, second = '', digits = ''] = /^(.*?)(?:\.(\d*))?Z$/.exec(stamp) ?? [];
  return (Date.parse(`${second}Z`) / 1000) * 1_000_000 + Number(digits.slice(0, 6).padEnd(6, '0'));
}
