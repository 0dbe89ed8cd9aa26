import type { Session, SessionChange, SessionTotals, Transfer } from '../../../src/log/session.ts';
import { type Bytes, bytesOf, escaped, utf8 } from './escape.ts';
import type { Format, WrittenLog } from './log.ts';
import { known, type Sight, sightOf } from './sight.ts';
import type { ChangeTruth, SessionTruth, TransferTruth } from './truth.ts';

/** What a reader that knew the truth, and told only what the log proves, would say: the judge must have nothing to add. */
export function honest(truths: readonly SessionTruth[], log: WrittenLog, format: Format): Session[] {
  return truths
    .filter((truth) => truth.lines.some((line) => known(truth, line, log)))
    .map((truth, at) => {
      const sight = sightOf(truth, log, format);
      const transfers = truth.transfers
        .filter(({ opened, closed }) => sight.visible(opened) || sight.visible(closed))
        .map((transfer, rank) => transferOf(transfer, sight, rank + 1));
      const changes = truth.changes
        .filter(({ line }) => sight.visible(line))
        .map((change, rank) => changeOf(change, sight, transfers.length + rank + 1));
      const same = truths.filter(({ user, ip }) => user === truth.user && ip === truth.ip);
      const alone = same.length === 1 && truth.sshd !== 'none' && sight.whole;
      const { user, ip, port, login } = truth;
      const opened = sight.visible(truth.begin) ? sight.stamp(truth.begin) : null;
      return {
        ...{ v: 1, id: String(at), host: 'sftp1', user, opened, closed: null, transfers, changes },
        client: { ip, port: alone ? port : null },
        login: alone ? login : null,
        end: endOf(truth),
        totals: totalsOf(truth, sight),
      };
    });
}

function endOf({ ending, version, transfers, lines, pid }: SessionTruth): Session['end'] {
  if (ending === 'quit') {
    const forced = lines.some((line) => line.pid === pid && line.message.startsWith('forced close "'));
    return forced || transfers.some((transfer) => transfer.forced) ? 'aborted' : 'closed';
  }
  if (ending === 'timeout') return 'timeout';
  return ending === 'drop' || (ending === 'terminated' && version === '9.2') ? 'aborted' : 'killed';
}

function pathOf(path: Bytes, whole: boolean): Pick<Transfer, 'path' | 'pathRaw' | 'pathCut'> {
  if (!whole) return { path: '/', pathCut: true };
  const text = utf8(path);
  return bytesOf(text) === path ? { path: text } : { path: text, pathRaw: escaped(path) };
}

function transferOf(truth: TransferTruth, sight: Sight, n: number): Transfer {
  const { path, flags, opened, closed, refused, forced, errors } = truth;
  const seen = sight.visible(closed) && sight.intact(closed);
  const [read, written] = [truth.sent + truth.copiedFrom, truth.received + truth.copiedTo];
  const [reads, writes] = [flags.includes('READ'), flags.includes('WRITE')];
  const byBytes = read && written ? 'both' : read ? 'download' : written ? 'upload' : 'none';
  const proved = refused ? sight.proof(opened) === 'failed' : seen;
  const done = refused ? 'failed' : forced || errors > 0 ? 'partial' : 'completed';
  return {
    ...{ n, ...pathOf(path, (sight.visible(opened) && !opened.cut) || (sight.visible(closed) && !closed.cut)) },
    direction: reads === writes ? byBytes : reads ? 'download' : 'upload',
    ...{ bytesRead: seen ? read : null, bytesWritten: seen ? written : null },
    ...{ status: proved ? done : 'unknown', exact: seen },
    opened: sight.visible(opened) ? sight.stamp(opened) : null,
    closed: sight.visible(closed) ? sight.stamp(closed) : null,
  };
}

const twoWays = (message: string): boolean => (message.match(/" new (?=")/g) ?? []).length > 1;

function changeOf(
  { action, path, target, attribute, request, failed, line }: ChangeTruth,
  sight: Sight,
  n: number,
): SessionChange {
  const proof = action === 'set' ? 'neither' : sight.proof(line);
  const status = failed ? 'failed' : 'completed';
  const change = {
    n,
    at: sight.stamp(line),
    action,
    status: proof === 'neither' && action !== 'refused' && action !== 'set' ? 'unknown' : status,
  } as const;
  if (action === 'refused') return { ...change, path: null, request: request ?? '' };
  const where = pathOf(path, !line.cut);
  if (line.cut) return { ...change, ...where };
  if (target !== undefined) {
    const other = pathOf(target, true).path;
    return twoWays(line.message)
      ? { ...change, path: null, readings: [{ path: where.path, target: other }] }
      : { ...change, ...where, target: other };
  }
  if (attribute === undefined) return { ...change, ...where };
  const [uid, gid] = attribute.value.split(' group ').map(Number);
  const { name, value } = attribute;
  const set =
    name === 'owner' ? { uid: uid ?? 0, gid: gid ?? 0 } : name === 'size' ? { size: Number(value) } : { [name]: value };
  return { ...change, ...where, set };
}

function totalsOf(truth: SessionTruth, sight: Sight): SessionTotals {
  if (!sight.whole || !sight.plain) {
    const none = { uploads: null, downloads: null, bytesIn: null, bytesOut: null, removed: null };
    return { ...none, bytesCopied: 0, failed: 0, exact: false };
  }
  const sum = (key: 'sent' | 'received') => truth.transfers.reduce((all, transfer) => all + transfer[key], 0);
  const done = truth.transfers.filter(({ refused, closed, forced }) => !refused && closed && !forced);
  const removed = truth.changes.filter(({ action, failed }) => ['remove', 'rmdir'].includes(action) && !failed);
  const uploads = done.filter(({ flags }) => flags.includes('WRITE')).length;
  return {
    ...{ uploads, downloads: done.length - uploads, bytesIn: sum('received'), bytesOut: sum('sent'), bytesCopied: 0 },
    ...{ removed: removed.length, failed: 0, exact: true },
  };
}
