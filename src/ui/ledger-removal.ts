import type { Erased } from '../ledger/erase.ts';
import type { Pruned } from '../ledger/prune.ts';
import { describeSums } from './ledger-verdict.ts';
import { counted } from './quantities.ts';

export function describePruned(pruned: readonly Pruned[], before: Date): string[] {
  const time = `${before.toISOString().slice(0, 19)}Z`;
  if (pruned.length === 0) return [`Nothing was over before ${time}.`];
  return [
    `What was over before ${time}:`,
    ...pruned.map(({ host, sums, position }) => `  ${host}: ${describeSums(sums)}; its chain up to entry ${position}`),
  ];
}

export function describeErased(erased: Erased | null, user: string): string[] {
  if (erased === null) return [`Nothing of ${user} is in the ledger.`];
  const { pseudonym, sessions, statements } = erased;
  const statement = statements === 0 ? '' : `, and the text of ${counted(statements, 'statement')}`;
  return [`What is personal of ${user}, who becomes ${pseudonym}: ${counted(sessions, 'session')}${statement}.`];
}
