import { sha256 } from '../watch/place.ts';
import type { LedgerDb } from './schema.ts';

/** What is left of final statements: their numbers, which are never given again, and what was billed. */
export async function bareStatements(
  db: LedgerDb,
  which: { user: string } | { before: string },
  note: string,
  pseudonym: string | null = null,
): Promise<void> {
  const ids = await db
    .selectFrom('statements')
    .select('id')
    .where(({ eb }) => ('user' in which ? eb('user_name', '=', which.user) : eb('month', '<', which.before)))
    .orderBy('id')
    .execute();
  for (const { id } of ids) {
    const { user_name, figures } = await db
      .selectFrom('statements')
      .select(['user_name', 'figures'])
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    const user = pseudonym ?? user_name;
    const text = `${note}\n`;
    await db
      .updateTable('statements')
      .set({ user_name: user, text, sha256: sha256(Buffer.from(text)), figures: bareFigures(figures, user) })
      .where('id', '=', id)
      .execute();
  }
}

/** The second line is the appendix of transfers; in the first stand some of them that were not counted. */
function bareFigures(figures: string, user: string): string {
  const [first = '{}'] = figures.split('\n');
  return `${JSON.stringify({ ...JSON.parse(first), user, uncounted: [] })}\n[]`;
}
