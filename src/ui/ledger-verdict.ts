import { hexOf, renderHead } from '../ledger/chain.ts';
import type { Sums } from '../ledger/sums.ts';
import type { Findings, Verdict } from '../ledger/verify.ts';
import { counted } from './quantities.ts';

const day = (micros: number): string => new Date(micros / 1000).toISOString().slice(0, 10);

/** What was found of a host, for people; nothing of one that has only imported other hosts' lines. */
export function describeVerdict(verdict: Verdict): string[] {
  const { host, head, entries, wrong, erased, pruned } = verdict;
  if (wrong === null && head.position === 0) return [];
  const holds = wrong === null ? `${counted(entries, 'entry', 'entries')} hold` : describeWrong(verdict);
  return [
    `${host}: ${holds}`,
    ...(wrong === null ? [`  head ${renderHead(head)}`] : []),
    ...(pruned
      ? [`  pruned on ${day(pruned.at)}, what was over before ${day(pruned.before)}: ${describeSums(pruned.sums)}`]
      : []),
    ...erased.map(
      ({ pseudonym, sessions, at }) =>
        `  ${pseudonym}: what is personal in ${counted(sessions, 'session')} was erased on ${day(at)}`,
    ),
  ];
}

/** The first thing that is wrong, if there is one. */
export function describeFindings({ hosts, stray }: Findings): string | null {
  const first = hosts.find(({ wrong }) => wrong !== null);
  return first ? `${first.host}, ${describeWrong(first)}` : stray;
}

/** `entry 12 (session 0123456789abcdef) was changed` */
function describeWrong({ wrong }: Pick<Verdict, 'wrong'>): string {
  if (wrong === null) return '';
  const { position, session, what } = wrong;
  const name = [
    ...(position === null ? [] : [`entry ${position}`]),
    ...(session === null ? [] : [position === null ? `session ${session}` : `(session ${session})`]),
  ].join(' ');
  return `${name === '' ? '' : `${name} `}${what}`;
}

export const describeSums = ({ sessions, transfers, bytesIn, bytesOut }: Sums): string =>
  `${counted(sessions, 'session')}, ${counted(transfers, 'transfer')}, ${bytesIn} bytes in, ${bytesOut} bytes out`;

const time = (micros: number): string => new Date(micros / 1000).toISOString();

/** The same for programs. */
export const verdictForPrograms = ({ host, head, entries, wrong, erased, pruned }: Verdict) => ({
  host,
  entries,
  head: { position: head.position, hash: hexOf(head.hash) },
  wrong,
  erased: erased.map(({ at, ...rest }) => ({ ...rest, at: time(at) })),
  pruned: pruned && { ...pruned, before: time(pruned.before), at: time(pruned.at) },
});
