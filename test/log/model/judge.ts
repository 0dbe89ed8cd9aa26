import type { Session, SessionTotals } from '../../../src/log/session.ts';
import { complaintsOfChanges } from './judge-changes.ts';
import { complaintsOfTransfers } from './judge-transfers.ts';
import { type Format, stampIn, type WrittenLog } from './log.ts';
import { known, sightOf } from './sight.ts';
import type { Line, SessionTruth } from './truth.ts';

/** Of a torn last line a reader may have understood what is left of it, or not. */
export function judge(
  truths: readonly SessionTruth[],
  log: WrittenLog,
  format: Format,
  read: readonly Session[],
): string[] {
  const without = judgeSeen(truths, log, format, read);
  if (without.length === 0 || log.torn.length === 0) return without;
  const visible = new Set([...log.visible, ...log.torn]);
  return judgeSeen(truths, { ...log, visible }, format, read).length === 0 ? [] : without;
}

/** What was read, held against what happened: every sentence is something that the reader got wrong. */
function judgeSeen(
  truths: readonly SessionTruth[],
  log: WrittenLog,
  format: Format,
  read: readonly Session[],
): string[] {
  const left = [...read];
  const complaints: string[] = [];
  const seen = truths.filter((truth) => truth.lines.some((line) => line.source === 'jail' && known(truth, line, log)));
  const beginning = seen.filter(({ begin }) => log.visible.has(begin));
  for (const truth of beginning) {
    const stamp = stampIn(format, truth.begin.at);
    const at = left.findIndex((session) => session.opened === stamp && session.user === truth.user);
    const [session] = at < 0 ? [] : left.splice(at, 1);
    if (session === undefined) complaints.push(`no session of ${truth.user} that opened at ${stamp}`);
    else complaints.push(...judgeOne(truth, log, format, session, truths));
  }
  const headless = seen.filter(({ begin, lines }) => !log.visible.has(begin) && lines.some((line) => tells(line, log)));
  for (const truth of headless) {
    const verdicts = left.map((session) => judgeOne(truth, log, format, session, truths));
    const best = verdicts.reduce(
      (least, verdict, at) => (verdict.length < (verdicts[least]?.length ?? 0) ? at : least),
      0,
    );
    if (left.splice(best, 1).length === 0) complaints.push(`nothing of the session ${truth.pid} without its beginning`);
    complaints.push(...(verdicts[best] ?? []));
  }
  complaints.push(...left.map((session) => `invented: ${JSON.stringify(session)}`));
  const ids = read.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) complaints.push('two sessions with one id');
  return complaints;
}

function judgeOne(
  truth: SessionTruth,
  log: WrittenLog,
  format: Format,
  session: Session,
  all: readonly SessionTruth[],
): string[] {
  const sight = sightOf(truth, log, format);
  const complaints = [
    ...complaintsOfLogin(truth, session, sight.whole && isAlone(truth, all, log)),
    ...complaintsOfTransfers(truth, session, sight),
    ...complaintsOfChanges(truth, session, sight),
    ...complaintsOfTotals(truth, session, sight),
    ...complaintsOfEnd(truth, session, sight.whole && isAlone(truth, all, log)),
  ];
  const ranks = [...session.transfers, ...session.changes].map(({ n }) => n).sort((one, other) => one - other);
  if (ranks.some((n, at) => n !== at + 1)) complaints.push(`ranks ${ranks}`);
  return complaints.map((complaint) => `${truth.user}[${truth.pid}] at ${truth.level}: ${complaint}`);
}

/**
 * No other session can have the login of this one: it is the only one of its user and address, and of its user there is
 * none whose login came before the log begins, for PAM's lines of it name no address.
 */
const isAlone = (truth: SessionTruth, all: readonly SessionTruth[], log: WrittenLog): boolean =>
  all.every(
    (other) =>
      other === truth ||
      other.user !== truth.user ||
      (other.ip !== truth.ip &&
        other.lines.some((line) => line.message.startsWith('Accepted ') && log.visible.has(line))),
  );

function complaintsOfLogin(truth: SessionTruth, session: Session, isPlain: boolean): string[] {
  const { login, client, user } = session;
  const complaints: string[] = [];
  const wrong = (what: string, got: unknown, real: unknown) =>
    got !== null && got !== real && complaints.push(`${what} ${got}, really ${real}`);
  wrong('user', user, truth.user);
  wrong('address', client.ip, truth.ip);
  wrong('port', client.port, truth.port);
  for (const field of ['method', 'keyType', 'fingerprint'] as const)
    wrong(field, login?.[field] ?? null, truth.login[field]);
  if (isPlain && truth.sshd !== 'none') {
    if (login === null || login.ambiguous) complaints.push('the login is plain and was not told');
    if (client.port === null) complaints.push('the port is plain and was not told');
    if (login && login.fingerprint !== truth.login.fingerprint) complaints.push('the key is plain and was not told');
  }
  return complaints;
}

/** Each way in which a session can end leaves its own lines in the log. */
function complaintsOfEnd(truth: SessionTruth, session: Session, isPlain: boolean): string[] {
  if (!isPlain || truth.sshd === 'none') return [];
  const forced = truth.lines.some(({ message, pid }) => pid === truth.pid && message.startsWith('forced close "'));
  const ends: Record<SessionTruth['ending'], Session['end']> = {
    quit: forced ? 'aborted' : 'closed',
    drop: 'aborted',
    timeout: 'timeout',
    killed: 'killed',
    fatal: 'killed',
    terminated: truth.version === '10.0' ? 'killed' : 'aborted',
  };
  const end = ends[truth.ending];
  // Whether a folder that was left open makes an end less orderly is a matter of taste.
  if (session.end === 'aborted' && end === 'closed' && truth.lines.some(isForcedFolder)) return [];
  return session.end === end ? [] : [`end ${session.end}, really ${end} (${truth.ending})`];
}

const isForcedFolder = ({ message }: Line): boolean => message.startsWith('forced closedir');

function complaintsOfTotals(
  truth: SessionTruth,
  session: Session,
  { whole, reached, plain }: ReturnType<typeof sightOf>,
): string[] {
  const moved = truth.transfers.filter(({ opened }) => reached(opened));
  const sum = (key: 'sent' | 'received' | 'copiedFrom' | 'copiedTo') =>
    moved.reduce((all, transfer) => all + transfer[key], 0);
  const copies = sum('copiedFrom') + sum('copiedTo') > 0;
  const done = (flag: 'READ' | 'WRITE', other: 'READ' | 'WRITE') =>
    moved.filter(
      ({ flags, closed, forced, refused, errors, copiedFrom, copiedTo }) =>
        flags.includes(flag) &&
        !flags.includes(other) &&
        closed &&
        !forced &&
        !refused &&
        !errors &&
        !(copiedFrom + copiedTo),
    ).length;
  const mixed = moved.some(
    ({ flags, copiedFrom, copiedTo, errors }) =>
      errors > 0 || flags.includes('READ') === flags.includes('WRITE') || copiedFrom + copiedTo > 0,
  );
  const changes = truth.changes.filter(({ line }) => reached(line));
  const removals = ['remove', 'rmdir'];
  const real: Partial<Record<keyof SessionTotals, number>> = {
    bytesIn: sum('received'),
    bytesOut: sum('sent'),
    removed: changes.filter(({ action, failed }) => removals.includes(action) && !failed).length,
    ...(mixed ? {} : { uploads: done('WRITE', 'READ'), downloads: done('READ', 'WRITE') }),
  };
  const { totals } = session;
  const complaints: string[] = [];
  for (const [key, value] of Object.entries(real) as [keyof typeof real, number][]) {
    const told = totals[key] as number | null;
    if (totals.exact && told !== value) complaints.push(`totals.${key} ${told}, really ${value}, and exact`);
    if (!totals.exact && !copies && told !== null && told > value)
      complaints.push(`totals.${key} ${told} above ${value}`);
  }
  const failed = moved.filter(({ refused }) => refused).length + changes.filter(({ failed }) => failed).length;
  if (totals.failed > failed) complaints.push(`totals.failed ${totals.failed}, really ${failed}`);
  if (whole && plain && !totals.exact) complaints.push('totals are plain and not exact');
  return complaints;
}

/** sftp-server prints some debugging after its session has closed too: such a line alone is not one of a session. */
const tells = (line: Line, { visible }: WrittenLog): boolean =>
  visible.has(line) && line.tag.endsWith('sftp') && !/^debug[123]: (?!request )/.test(line.message);
