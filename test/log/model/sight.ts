import { LONGEST } from './escape.ts';
import { type Format, stampIn, type WrittenLog } from './log.ts';
import type { Line, SessionTruth } from './truth.ts';

/** What of a session can be seen in a log, and what the seen lines prove. */
export interface Sight {
  stamp(line: Line): string;
  visible(line: Line | null): line is Line;
  /** It shows that nothing of the line is missing: it is shorter than 500 bytes; one byte short may be a cut escape. */
  intact(line: Line): boolean;
  /** All of the line is there, its end too. */
  uncut(line: Line | null): line is Line;
  /** It happened before the log ends: an exact total has to know of it. */
  reached(line: Line): boolean;
  /** What the line after the one that tells of a request says of its outcome. */
  proof(line: Line): 'done' | 'failed' | 'neither';
  /** The line after it is there, which says what was answered. */
  answered(line: Line): boolean;
  /** Every line of the session is there. */
  whole: boolean;
  /** Nothing in the session reads two ways, so that its totals must be exact. */
  plain: boolean;
}

export const known = (truth: SessionTruth, line: Line, { visible }: WrittenLog): boolean =>
  line.pid === truth.pid && visible.has(line);

const isStatus = (line: Line | undefined): boolean => line?.message.startsWith('sent status ') ?? false;

/**
 * At INFO any status may belong to a request without a line; at VERBOSE only these two cannot (and lsetstat with a size
 * for `Bad message`).
 */
const REFUSED_OPEN = 'Refusing open request in read-only mode';

const PROVE_AT_VERBOSE = ['sent status No such file', 'sent status Permission denied'];

export function sightOf(truth: SessionTruth, log: WrittenLog, format: Format): Sight {
  const own = truth.lines.filter(({ pid }) => pid === truth.pid);
  const visible = (line: Line | null): line is Line => line !== null && log.visible.has(line);
  const torn = (line: Line) => log.torn.includes(line);
  const intact = (line: Line) => line.message.length < LONGEST - 1 && !torn(line);
  const last = own.findLastIndex(visible);
  const levelSeen = own.some((line) => visible(line) && line.message === 'received client version 3');
  const proof: Sight['proof'] = (line) => {
    const at = own.indexOf(line);
    // Only once a line of DEBUG1 was seen is it known that every reply has one.
    const debug = own.slice(0, at).some((before) => visible(before) && ofDebug(before));
    const after = own.slice(at + 1);
    const reply = debug ? after.find(isAnswer) : after[0];
    if (reply === undefined || !visible(reply)) return 'neither';
    if (line.message.startsWith('open ') && reply.message === REFUSED_OPEN) {
      return visible(after[1] ?? null) ? 'failed' : 'neither';
    }
    if (!isStatus(reply) || reply.message === 'sent status Success') return 'done';
    if (debug) return 'failed';
    return truth.level !== 'INFO' && levelSeen && PROVE_AT_VERBOSE.includes(reply.message) ? 'failed' : 'neither';
  };
  const whole = truth.lines.every((line) => log.visible.has(line));
  const changed = truth.changes.filter(({ action }) => action !== 'refused');
  const settled = changed.every(({ line, action }) => action !== 'set' && proof(line) !== 'neither' && intact(line));
  const told = truth.transfers.every(
    ({ opened, closed, refused, errors, path, flags }) =>
      intact(opened) &&
      errors === 0 &&
      (refused ? proof(opened) === 'failed' : closed !== null && intact(closed)) &&
      flags.includes('READ') !== flags.includes('WRITE') &&
      truth.transfers.filter((other) => other.path === path).length === 1,
  );
  const oneWay = new Set(truth.transfers.map(({ flags }) => flags.includes('READ'))).size < 2;
  return {
    stamp: (line) => stampIn(format, log.times.get(line) ?? line.at),
    visible,
    intact,
    uncut: (line): line is Line => visible(line) && !line.cut && !torn(line),
    reached: (line) => own.indexOf(line) <= last,
    proof,
    answered: (line) => visible(own[own.indexOf(line) + 1] ?? null),
    whole,
    plain: settled && told && oneWay && truth.end !== null && !own.some(({ message }) => message.includes('copy-data')),
  };
}

const ofDebug = ({ message }: Line): boolean => message.startsWith('debug1: ');

const isAnswer = (line: Line): boolean => isStatus(line) || /^debug1: request \d+: sent /.test(line.message);
