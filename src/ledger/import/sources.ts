import type { Evidence } from '../../watch/evidence.ts';
import type { LogPart } from '../../watch/log-part.ts';
import { type FileIdentity, isFile } from '../../watch/place.ts';
import type { LedgerDb } from '../schema.ts';

interface Kept {
  id: number;
  head_bytes: number;
  head_sha256: string;
  read_to: number;
}

/** A file, and how far it was read at some moment. */
export interface ReadFile {
  part: LogPart;
  identity: FileIdentity | null;
  offset: number;
}

/** The files that lines were read from, as rows. */
export class ImportedSources {
  private readonly evidence: Evidence;
  private readonly hostId: number;
  private rows = new Map<LogPart, { row: Kept; readTo: number }>();
  /** Of a transaction that may come to nothing. */
  private rowsToBe = this.rows;

  constructor(evidence: Evidence, hostId: number) {
    this.evidence = evidence;
    this.hostId = hostId;
  }

  /** How far each file was read by now. */
  take(): ReadFile[] {
    return this.evidence.all.map((part) => ({ part, identity: part.identity, offset: part.offset }));
  }

  /** Brings the rows up to what was read by then. @returns the number of the file for each line */
  async bringUp(db: LedgerDb, read: readonly ReadFile[]): Promise<(evidence: number) => number> {
    const rows = new Map(this.rows);
    this.rowsToBe = rows;
    let all: Kept[] | null = null;
    for (const { part, identity, offset } of read) {
      const kept = rows.get(part);
      if (identity === null || (kept?.readTo === offset && kept.row.head_bytes === identity.bytes)) continue;
      all ??= await this.kept(db);
      let row =
        kept?.row ??
        all.find(({ head_bytes: bytes, head_sha256: sha256 }) => isFile({ bytes, sha256 }, part.beginning));
      const fresh = {
        ...{ path: part.file.path, head_bytes: identity.bytes, head_sha256: identity.sha256 },
        ...{ read_to: Math.max(row?.read_to ?? 0, offset), seen_at: Date.now() * 1000 },
      };
      if (row === undefined) {
        const values = { ...fresh, host_id: this.hostId };
        const { id } = await db.insertInto('sources').values(values).returning('id').executeTakeFirstOrThrow();
        row = { id, ...fresh };
        all.push(row);
      } else {
        await db.updateTable('sources').set(fresh).where('id', '=', row.id).execute();
        row = { ...row, ...fresh };
      }
      rows.set(part, { row, readTo: offset });
    }
    return (evidence) => rows.get(this.evidence.partOf(evidence))?.row.id ?? 0;
  }

  /** The transaction has come to its end. */
  confirm(): void {
    this.rows = this.rowsToBe;
  }

  private kept(db: LedgerDb): Promise<Kept[]> {
    return db
      .selectFrom('sources')
      .select(['id', 'head_bytes', 'head_sha256', 'read_to'])
      .where('host_id', '=', this.hostId)
      .execute();
  }
}
