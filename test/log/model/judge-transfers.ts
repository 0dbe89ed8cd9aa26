import type { Session, Transfer } from '../../../src/log/session.ts';
import { escaped } from './escape.ts';
import { pathComplaint } from './judge-path.ts';
import { matching } from './matching.ts';
import type { Sight } from './sight.ts';
import type { Line, SessionTruth, TransferTruth } from './truth.ts';

/** Every handle that a line tells of is reported once, in any order, and no other is. */
export function complaintsOfTransfers(truth: SessionTruth, session: Session, sight: Sight): string[] {
  const real = truth.transfers.filter(({ opened, closed }) => sight.visible(opened) || sight.visible(closed));
  const complaints = complaintsOfAll(real, truth, session, sight);
  if (complaints.length === 0 || sight.visible(truth.begin)) return complaints;
  const found = asOne(real, sight).some((other) => complaintsOfAll(other, truth, session, sight).length === 0);
  return found ? [] : complaints;
}

/**
 * Where the beginning is missing: a close of a handle that was opened before it, and an open of the same name of which
 * no close came, look like one handle.
 */
function asOne(real: readonly TransferTruth[], sight: Sight): TransferTruth[][] {
  const unclosed = real.filter(({ closed }) => !sight.visible(closed));
  const unopened = real.filter(({ opened }) => !sight.visible(opened));
  return unclosed.flatMap((first) =>
    unopened
      .filter((last) => last.path === first.path || isCutAlike(first, last, sight))
      .flatMap((last) => {
        const one: TransferTruth = { ...last, opened: first.opened, flags: first.flags };
        const others = [...real.filter((each) => each !== first && each !== last), one];
        return [others, ...asOne(others, sight)];
      }),
  );
}

function complaintsOfAll(
  real: readonly TransferTruth[],
  truth: SessionTruth,
  session: Session,
  sight: Sight,
): string[] {
  const complaints = real.map((transfer) =>
    session.transfers.map((told) => complaintsOf(transfer, told, truth, sight)),
  );
  const pairs = matching(complaints.map((row) => row.map((all) => all.length === 0)));
  const missed = real.flatMap((transfer, at) => {
    if (pairs[at] !== undefined) return [];
    const free = (complaints[at] ?? []).filter((_, told) => !pairs.includes(told));
    const closest = free.sort((one, other) => one.length - other.length)[0];
    return [`transfer of ${JSON.stringify(transfer.path)}: ${closest?.join('; ') ?? 'not told'}`];
  });
  const surplus = session.transfers.length - real.length;
  return surplus > 0 ? [...missed, `${surplus} transfers invented`] : missed;
}

function complaintsOf(real: TransferTruth, told: Transfer, truth: SessionTruth, sight: Sight): string[] {
  const { opened, closed, refused } = real;
  const openSeen = sight.uncut(opened);
  const closeSeen = sight.uncut(closed);
  const complaints = [...pathComplaint(real.path, told, openSeen || closeSeen || showsName(real, sight))];
  const read = real.sent + real.copiedFrom;
  const written = real.received + real.copiedTo;
  for (const [what, value, got] of [
    ['read', read, told.bytesRead] as const,
    ['written', written, told.bytesWritten] as const,
  ]) {
    if (got === null && told.exact && !refused) complaints.push(`bytes ${what} null and exact`);
    if (got !== null && got !== value) complaints.push(`bytes ${what} ${got}, really ${value}`);
    if (got !== null && !refused && !closeSeen) complaints.push(`bytes ${what} ${got}, which no line tells`);
  }
  const statuses = statusesOf(real, truth, sight);
  if (!statuses.includes(told.status)) complaints.push(`status ${told.status}, really ${statuses.join(' or ')}`);
  // What share of a handle's bytes was a copy can stay open where a copy was asked for.
  const asked = truth.lines.some(({ message }) => message.includes('copy-data'));
  // Nothing tells which close of two handles on one path belongs to which open, nor of paths that were cut alike.
  const twin = truth.transfers.some(
    (other) => other !== real && (other.path === real.path || (told.pathCut && isCutAlike(real, other, sight))),
  );
  if (openSeen && closeSeen && sight.intact(opened) && sight.intact(closed) && !twin && !asked && !told.exact)
    complaints.push('plain bytes are not exact');
  const direction = directionOf(real, openSeen && sight.intact(opened), closeSeen);
  if (direction !== null && !twin && told.direction !== direction)
    complaints.push(`direction ${told.direction}, really ${direction}`);
  if (!twin && told.opened !== null && told.opened !== sight.stamp(opened)) complaints.push(`opened ${told.opened}`);
  if (told.closed !== null && (closed === null || told.closed !== sight.stamp(closed)))
    complaints.push(`closed ${told.closed}`);
  const copied = real.copiedFrom + real.copiedTo;
  if (told.copy === 'certain' && (copied === 0 || truth.level !== 'DEBUG1'))
    complaints.push('a copy that is not certain');
  return complaints;
}

const LEADS = { open: 'open "'.length, close: 'close "'.length, forced: 'forced close "'.length };

/** How much of the name in a line is there, at most. */
const room = (line: Line): number =>
  line.message.length -
  (line.message.startsWith('open') ? LEADS.open : line.message.startsWith('close') ? LEADS.close : LEADS.forced);

/** Two lines of which both were cut, and both behind the name: there they differ, so that its end shows. */
function showsName({ path, opened, closed }: TransferTruth, sight: Sight): boolean {
  if (!sight.visible(opened) || !sight.visible(closed)) return false;
  const length = escaped(path).length + '" f'.length;
  return room(opened) >= length && room(closed) >= length;
}

/** What is there of the names in two lines is the same, and one at least may go on. */
function isCutAlike(one: TransferTruth, other: TransferTruth, sight: Sight): boolean {
  const lines = [one.opened, one.closed, other.opened, other.closed].filter(sight.visible);
  if (lines.every(sight.intact)) return false;
  const length = Math.min(...lines.map((line) => (line.cut || sight.uncut(line) ? room(line) : 0)));
  return escaped(one.path).slice(0, length) === escaped(other.path).slice(0, length);
}

function statusesOf(real: TransferTruth, truth: SessionTruth, sight: Sight): Transfer['status'][] {
  const { opened, closed, refused, forced, path } = real;
  if (refused) return sight.proof(opened) === 'failed' ? ['failed'] : ['failed', 'unknown'];
  if (!sight.visible(closed)) return ['unknown'];
  if (forced) return sight.intact(closed) ? ['partial'] : ['partial', 'unknown'];
  // An error line quotes 100 bytes of the name, which several handles can share, and may lie before the log begins.
  const quoted = truth.transfers.filter((other) => other.path.slice(0, 100) === path.slice(0, 100));
  const shared = quoted.length > 1 || !sight.visible(opened);
  const wrong = quoted.some(({ errors }) => errors > 0);
  const done: Transfer['status'][] = wrong
    ? ['partial', 'unknown', ...(shared ? ['completed' as const] : [])]
    : ['completed'];
  return sight.intact(closed) ? done : [...done, 'unknown'];
}

function directionOf(
  { flags, opened, sent, received, copiedFrom, copiedTo }: TransferTruth,
  openSeen: boolean,
  closeSeen: boolean,
): Transfer['direction'] | null {
  const [reads, writes] = [flags.includes('READ'), flags.includes('WRITE')];
  if (openSeen && reads !== writes) return reads ? 'download' : 'upload';
  if (!openSeen || !closeSeen || opened === null) return null;
  const [out, into] = [sent + copiedFrom > 0, received + copiedTo > 0];
  return out && into ? 'both' : out ? 'download' : into ? 'upload' : null;
}
