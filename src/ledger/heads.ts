import type { Head } from './chain.ts';
import type { LedgerDb } from './schema.ts';

/** How far the chain of each host goes that has one, by the names of the hosts. */
export async function headsOf(db: LedgerDb): Promise<(Head & { host: string })[]> {
  const rows = await db
    .selectFrom('chain as c')
    .innerJoin('hosts as h', 'h.id', 'c.host_id')
    .select(['h.name', 'c.position', 'c.hash'])
    .where('c.position', '=', ({ selectFrom }) =>
      selectFrom('chain as last')
        .select(({ fn }) => fn.max('last.position').as('position'))
        .whereRef('last.host_id', '=', 'c.host_id'),
    )
    .orderBy('h.name')
    .execute();
  return rows.map(({ name, ...head }) => ({ host: name, ...head }));
}
