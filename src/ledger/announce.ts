import { reasonOf } from '../errors.ts';
import { tellSystemLog } from '../host/system-log.ts';
import { renderHead } from './chain.ts';
import { headsOf } from './heads.ts';
import type { Ledger } from './open.ts';
import type { LedgerDb } from './schema.ts';

/**
 * Writes the heads of all chains to the system log, on each day on which something is imported: whoever can write to the
 * ledger, and cuts off its end, does not reach what is in the logs of every host that imports.
 */
export class Announcer {
  private readonly db: LedgerDb;
  private readonly host: number;
  private readonly warn: (text: string) => void;
  private day = '';

  /** @param host the one that tells */
  constructor({ db }: Pick<Ledger, 'db'>, host: number, warn: (text: string) => void) {
    this.db = db;
    this.host = host;
    this.warn = warn;
  }

  async tell(now = new Date()): Promise<void> {
    const { db, host } = this;
    const day = now.toISOString().slice(0, 10);
    if (day === this.day) return;
    this.day = day;
    const told = db.selectFrom('announced_heads').select('day').where('host_id', '=', host).where('day', '=', day);
    if ((await told.executeTakeFirst()) !== undefined) return;
    const heads = await headsOf(db);
    if (heads.length === 0) return;
    try {
      await tellSystemLog(heads.map((head) => `ledger head ${head.host}:${renderHead(head)}`));
    } catch (error) {
      return this.warn(`the heads of the ledger are not in the system log: ${reasonOf(error)}`);
    }
    await db
      .insertInto('announced_heads')
      .values({ host_id: host, day })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}
