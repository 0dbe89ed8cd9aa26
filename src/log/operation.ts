import type { ChangeAction, Reading, Session, SessionChange, Transfer } from './session.ts';

/** `both` read and wrote, `open` did neither, `copy` was done on the server. */
export type OperationAction = ChangeAction | 'upload' | 'download' | 'both' | 'open' | 'copy';

/** One thing that a session did or tried to do; paths are as the session saw them. */
export interface Operation {
  n: number;
  at: string | null;
  /** When a transfer ended. */
  closed?: string | null;
  action: OperationAction;
  status: 'completed' | 'partial' | 'failed' | 'unknown';
  path: string;
  pathRaw?: string;
  /** The last path that is here can be longer. */
  cut?: true;
  /** The new name of a rename or hard link, the new file of a copy; what a symlink says. */
  target?: string;
  readings?: Reading[];
  bytes?: number | null;
  error?: string;
  note?: string;
}

/** What a session did to paths that are known, in its order. */
export function operationsOf({ transfers, changes }: Pick<Session, 'transfers' | 'changes'>): Operation[] {
  const copies = pairCopies(transfers);
  const paired = new Set(copies.flat());
  return [
    ...transfers.filter((transfer) => !paired.has(transfer)).map(ofTransfer),
    ...copies.map(([from, to]) => ofCopy(from, to)),
    ...changes.flatMap(ofChange),
  ].sort((one, other) => one.n - other.n);
}

function ofTransfer(transfer: Transfer): Operation {
  const { n, direction, path, pathRaw, pathCut, bytesRead, bytesWritten, status, error, copy } = transfer;
  const notes = { likely: 'likely copied on the server', certain: 'copied on the server' } as const;
  return {
    n,
    at: transfer.opened ?? transfer.closed,
    closed: transfer.closed,
    action: direction === 'none' ? 'open' : direction,
    status,
    path,
    ...(pathRaw !== undefined && { pathRaw }),
    ...(pathCut && { cut: true }),
    ...(direction !== 'none' && { bytes: direction === 'download' ? bytesRead : bytesWritten }),
    ...(error !== undefined && { error }),
    ...(copy && { note: notes[copy] }),
  };
}

/** Two handles on the server that moved the same number of bytes, one after the other. */
function pairCopies(transfers: readonly Transfer[]): [Transfer, Transfer][] {
  const marked = transfers.filter(({ copy, pathCut, status }) => copy && !pathCut && status === 'completed');
  marked.sort((one, other) => one.n - other.n);
  const pairs: [Transfer, Transfer][] = [];
  for (let index = 0; index + 1 < marked.length; index += 1) {
    const two = marked.slice(index, index + 2);
    const from = two.find(({ direction }) => direction === 'download');
    const to = two.find(({ direction }) => direction === 'upload');
    if (!from || !to || from.bytesRead !== to.bytesWritten) continue;
    pairs.push([from, to]);
    index += 1;
  }
  return pairs;
}

const ofCopy = (from: Transfer, to: Transfer): Operation => ({
  ...ofTransfer(to),
  action: 'copy',
  path: from.path,
  target: to.path,
  ...(from.pathRaw !== undefined && { pathRaw: from.pathRaw }),
});

function ofChange(change: SessionChange): Operation[] {
  const { n, at, action, path, pathRaw, pathCut, target, readings, set, request, status, error } = change;
  const several = readings !== undefined && readings.length > 0;
  const first = path ?? readings?.[0]?.path;
  if (first === undefined || first === null) return [];
  const note = request ?? (set && describeSet(set));
  return [
    {
      ...{ n, at, action, status, path: first },
      ...(pathRaw !== undefined && { pathRaw }),
      ...(pathCut && { cut: true }),
      ...(target !== undefined && { target }),
      ...(several && { readings }),
      ...(error !== undefined && { error }),
      ...(note && { note }),
    },
  ];
}

const describeSet = (set: NonNullable<SessionChange['set']>): string =>
  Object.entries(set)
    .map(([attribute, value]) => `${attribute} ${value}`)
    .join(', ');
