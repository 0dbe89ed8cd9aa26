import { beginning, type Digests, type Head, step } from './chain.ts';
import type { LedgerDb, Row } from './schema.ts';

/** The end of a host's chain, where entries are added. */
export class ChainTail {
  private readonly db: LedgerDb;
  private readonly host: number;
  private readonly added: Row<'chain'>[] = [];
  private head: Head;

  private constructor(db: LedgerDb, host: number, head: Head) {
    this.db = db;
    this.host = host;
    this.head = head;
  }

  /** @param db a transaction that has locked the host; see lockHosts */
  static async open(db: LedgerDb, host: number): Promise<ChainTail> {
    const { name } = await db.selectFrom('hosts').select('name').where('id', '=', host).executeTakeFirstOrThrow();
    const last = await db
      .selectFrom('chain')
      .select(['position', 'hash'])
      .where('host_id', '=', host)
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    const head = last ?? (await newestCheckpoint(db, host)) ?? { position: 0, hash: beginning(name) };
    return new ChainTail(db, host, head);
  }

  add(kind: Row<'chain'>['kind'], entry: number, digests: Digests, key: Uint8Array | null): void {
    const { content, personal } = digests;
    const hash = step(this.head.hash, digests);
    this.head = { position: this.head.position + 1, hash };
    const { position } = this.head;
    this.added.push({ host_id: this.host, position, kind, entry_id: entry, content, personal, row_key: key, hash });
  }

  /** The rows of what was added, for who writes them. */
  take(): Row<'chain'>[] {
    return this.added.splice(0);
  }

  async write(): Promise<void> {
    const rows = this.take();
    if (rows.length > 0) await this.db.insertInto('chain').values(rows).execute();
  }
}

/**
 * Until the end of the transaction nobody else adds anything to any host: each import locks those that it adds to, in the
 * same order. @returns all of them
 */
export async function lockHosts(db: LedgerDb): Promise<{ id: number; name: string }[]> {
  const hosts = await db.selectFrom('hosts').select(['id', 'name']).orderBy('id').execute();
  // For its own sake: it locks the row in PostgreSQL as `for update` does, which SQLite does not know.
  for (const { id, name } of hosts) await db.updateTable('hosts').set({ name }).where('id', '=', id).execute();
  return hosts;
}

/** Where the chain of a host goes on after it was pruned. */
export const newestCheckpoint = (db: LedgerDb, host: number): Promise<Row<'checkpoints'> | undefined> =>
  db
    .selectFrom('checkpoints')
    .selectAll()
    .where('host_id', '=', host)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
