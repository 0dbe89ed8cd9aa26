import type { Session, SessionChange } from '../../../src/log/session.ts';
import { pathComplaint, sameText } from './judge-path.ts';
import type { Sight } from './sight.ts';
import type { ChangeTruth, SessionTruth } from './truth.ts';

/** One line of a change as it was told: of a `set`, each attribute by itself. */
interface Told {
  change: SessionChange;
  attribute: { name: NonNullable<ChangeTruth['attribute']>['name']; value: string } | null;
  /** The first line of its change, whose time is told. */
  first: boolean;
}

/** Every line that tells of a change is reported in its order, and no other is. */
export function complaintsOfChanges(truth: SessionTruth, session: Session, sight: Sight): string[] {
  const real = truth.changes.filter(({ line }) => sight.visible(line));
  // A refused open has its line among the transfers; without that line its refusal may be told by itself.
  const others = session.changes.filter(({ request }) => request !== 'open');
  const told = others.sort((one, other) => one.n - other.n).flatMap(toldOf);
  const complaints: string[] = [];
  let at = 0;
  for (const change of real) {
    const next = told[at];
    const before = told[at - 1];
    // Several cut `set` lines can be told as one: which attribute each had is not to be seen.
    if (
      change.action === 'set' &&
      !sight.intact(change.line) &&
      before?.change.action === 'set' &&
      next?.change.action !== 'set'
    )
      continue;
    // Without an answer it can be one of those that are printed while sftp-server starts.
    if (change.action === 'refused' && !sight.answered(change.line) && next?.change.request !== change.request)
      continue;
    if (next === undefined) {
      complaints.push(`not told: ${JSON.stringify(change.line.message)}`);
      continue;
    }
    at++;
    complaints.push(...complaintsOf(change, next, truth, sight));
  }
  const invented = told.slice(at);
  complaints.push(...invented.map(({ change }) => `invented: ${JSON.stringify(change)}`));
  return complaints;
}

function toldOf(change: SessionChange): Told[] {
  const { size, mode, modtime, uid, gid } = change.set ?? {};
  const attributes = [
    size === undefined ? null : { name: 'size' as const, value: String(size) },
    mode === undefined ? null : { name: 'mode' as const, value: mode },
    modtime === undefined ? null : { name: 'modtime' as const, value: modtime },
    uid === undefined ? null : { name: 'owner' as const, value: `${uid} group ${gid}` },
  ].filter((attribute) => attribute !== null);
  return attributes.length === 0
    ? [{ change, attribute: null, first: true }]
    : attributes.map((attribute, at) => ({ change, attribute, first: at === 0 }));
}

function complaintsOf(
  real: ChangeTruth,
  { change, attribute, first }: Told,
  truth: SessionTruth,
  sight: Sight,
): string[] {
  const complaints: string[] = [];
  const line = JSON.stringify(real.line.message);
  if (change.action !== real.action) return [`${line} told as ${JSON.stringify(change)}`];
  if (first && change.at !== sight.stamp(real.line)) complaints.push(`${line} at ${change.at}`);
  if (real.action === 'refused') {
    if (change.request !== real.request) complaints.push(`${line}: request ${change.request}`);
  } else if (real.target === undefined) {
    complaints.push(...pathComplaint(real.path, change, sight.uncut(real.line)));
  } else complaints.push(...complaintsOfTwo(real, change, sight));
  if (real.attribute && sight.intact(real.line)) {
    const value = (text: string) =>
      real.attribute?.name === 'modtime' ? text.replace(/\D/g, '').slice(0, 14) : text.replace(/^0+(?=\d)/, '');
    if (attribute?.name !== real.attribute.name || value(attribute.value) !== value(real.attribute.value))
      complaints.push(`${line}: ${JSON.stringify(change.set)}`);
  }
  const statuses = statusesOf(real, truth, sight);
  if (!statuses.includes(change.status))
    complaints.push(`${line}: status ${change.status}, really ${statuses.join(' or ')}`);
  return complaints;
}

/** A rename, or a link: the true reading is told, or it is among the readings. */
function complaintsOfTwo(real: ChangeTruth, change: SessionChange, sight: Sight): string[] {
  const line = JSON.stringify(real.line.message);
  const targetTold = sameText(real.target ?? '', change.target);
  const alone = (real.line.message.match(/" new (?=")/g) ?? []).length === 1;
  if (!sight.intact(real.line)) {
    if (change.pathCut && change.path !== null) return pathComplaint(real.path, change, false);
    if (change.pathCut || change.readings || change.path === null) return [];
    if (!sight.uncut(real.line)) return [`${line}: cut, and not marked`];
  }
  if (alone && !change.readings) {
    return [...pathComplaint(real.path, change, true), ...(targetTold ? [] : [`${line}: target ${change.target}`])];
  }
  const [path, target] = real.action === 'symlink' ? [real.path, real.target] : [real.path, real.target];
  const found = change.readings?.some((one) => sameText(path, one.path) && sameText(target ?? '', one.target));
  return found ? [] : [`${line}: the true reading is not among ${JSON.stringify(change.readings)}`];
}

/** `done` and `failed` where the log proves it, `unknown` otherwise; what is told must be true in any case. */
function statusesOf(real: ChangeTruth, truth: SessionTruth, sight: Sight): SessionChange['status'][] {
  const right = real.failed === null ? ('completed' as const) : ('failed' as const);
  if (real.action === 'refused') return sight.answered(real.line) ? ['failed'] : ['failed', 'unknown'];
  if (!sight.intact(real.line)) return [right, 'unknown'];
  const proof = sight.proof(lastOfRun(real, truth).line);
  if (proof === 'neither' || (real.action === 'set' && proof === 'failed')) return [right, 'unknown'];
  return [right];
}

/** Below DEBUG1 nothing shows where one request of `set` lines ends and the next begins. */
function lastOfRun(real: ChangeTruth, truth: SessionTruth): ChangeTruth {
  const { lines, pid, changes, level } = truth;
  if (real.action !== 'set') return real;
  if (level === 'DEBUG1') return changes.filter(({ serial }) => serial === real.serial).at(-1) ?? real;
  const own = lines.filter((line) => line.pid === pid);
  const next = own[own.indexOf(real.line) + 1];
  const following = changes.find(({ line, action }) => line === next && action === 'set');
  return following === undefined ? real : lastOfRun(following, truth);
}
