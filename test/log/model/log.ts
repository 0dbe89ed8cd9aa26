import type { Line, SessionTruth } from './truth.ts';

export const FORMATS = ['rfc3339', 'traditional', 'rfc5424', 'journal'] as const;
export type Format = (typeof FORMATS)[number];

export interface LogSettings {
  format: Format;
  host: string;
  /** rsyslog's $RepeatedMsgReduction on. */
  reduce: boolean;
  /** Shares of 0 to 1, used in turn: whether two neighbours of different sources swap places in the file. */
  swaps: readonly number[];
  /** Of the lines: how many are missing at the beginning and at the end. */
  cut: { head: number; tail: number };
  /** Bytes that are missing at the end of the last line that is left, its newline first. */
  torn: number;
}

export interface WrittenLog {
  bytes: Buffer;
  /** The lines that can be read in it, the torn one left out. */
  visible: ReadonlySet<Line>;
  /** The time that stands before each: of lines that were summed up, the last one's. */
  times: ReadonlyMap<Line, number>;
  /** The last line where it is torn. */
  torn: Line[];
}

/** Swaps of lines that came over different sockets are seen up to 500 us apart. */
const REORDERED_WITHIN = 500;

/** Interleaves sessions into one log, as a logger would write it. */
export function writeLog(sessions: readonly SessionTruth[], settings: LogSettings): WrittenLog {
  const lines = sessions.flatMap((session) => session.lines).sort((one, other) => one.at - other.at);
  if (settings.swaps.length > 0) reorder(lines, settings.swaps);
  const { head, tail } = settings.cut;
  const left = lines.slice(head, Math.max(head, lines.length - tail));
  const printed = settings.reduce ? reduced(left) : left.map((line) => ({ ...line, of: [line] }));
  const texts = printed.map((line) => Buffer.from(`${FORMATTED[settings.format](line, settings.host)}\n`, 'latin1'));
  const last = texts.at(-1);
  const torn = last ? Math.min(settings.torn, last.length) : 0;
  const whole = torn > 0 ? printed.slice(0, -1) : printed;
  const bytes = Buffer.concat(texts);
  return {
    bytes: bytes.subarray(0, bytes.length - torn),
    visible: new Set(whole.flatMap(({ of }) => of)),
    times: new Map(printed.flatMap(({ at, of }) => of.map((line) => [line, at]))),
    torn: torn > 0 ? (printed.at(-1)?.of ?? []) : [],
  };
}

function reorder(lines: Line[], swaps: readonly number[]): void {
  for (let at = 0; at + 1 < lines.length; at++) {
    const [one, other] = [lines[at], lines[at + 1]] as [Line, Line];
    if (one.source === other.source || other.at - one.at > REORDERED_WITHIN) continue;
    if ((swaps[at % swaps.length] ?? 0) < 0.5) continue;
    lines.splice(at, 2, other, one);
    at++;
  }
}

interface Printed extends Line {
  of: Line[];
}

/** rsyslog's ratelimit.c: a run of equal lines of one input is its first and a summary, or the line again where it is two. */
function reduced(lines: readonly Line[]): Printed[] {
  const printed: Printed[] = [];
  const runs = new Map<Line['source'], Line[]>();
  const flush = (source: Line['source']) => {
    const [, ...more] = runs.get(source) ?? [];
    const last = more.at(-1);
    runs.delete(source);
    if (last === undefined) return;
    const message = more.length === 1 ? last.message : `message repeated ${more.length} times: [ ${last.message}]`;
    printed.push({ ...last, message, of: more });
  };
  for (const line of lines) {
    const run = runs.get(line.source);
    const first = run?.[0];
    if (run && first?.pid === line.pid && first.tag === line.tag && first.message === line.message) {
      run.push(line);
      continue;
    }
    flush(line.source);
    runs.set(line.source, [line]);
    printed.push({ ...line, of: [line] });
  }
  flush('host');
  flush('jail');
  return printed;
}

/** UTC with as many digits of the second as the format has: what a reader can make of the stamp. */
export function stampIn(format: Format, at: number): string {
  const seconds = new Date(Math.floor(at / 1000)).toISOString().slice(0, 19);
  return format === 'traditional' ? `${seconds}Z` : `${seconds}.${String(at % 1_000_000).padStart(6, '0')}Z`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const FORMATTED: Record<Format, (line: Line, host: string) => string> = {
  rfc3339: ({ at, tag, pid, message }, host) => `${offset(at)} ${host} ${tag}[${pid}]: ${message}`,
  rfc5424: ({ at, tag, pid, message }, host) => `<38>1 ${offset(at)} ${host} ${tag} ${pid} - -  ${message}`,
  traditional: ({ at, tag, pid, message }, host) => {
    const date = new Date(Math.floor(at / 1000));
    const day = `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)}`;
    return `${day} ${date.toISOString().slice(11, 19)} ${host} ${tag}[${pid}]: ${message}`;
  },
  journal: ({ at, tag, pid, message }, host) =>
    JSON.stringify({
      __CURSOR: `s=1;i=${at}`,
      __REALTIME_TIMESTAMP: String(at),
      _HOSTNAME: host,
      SYSLOG_IDENTIFIER: tag,
      SYSLOG_PID: String(pid),
      _PID: String(pid),
      PRIORITY: '6',
      _TRANSPORT: 'syslog',
      MESSAGE: message,
    }),
};

const offset = (at: number): string => stampIn('rfc3339', at).replace('Z', '+00:00');
