import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { FORENSIC_LINES, FORENSIC_LOG } from '../../conf/forensic.ts';
import { parsePasswd } from '../../conf/passwd.ts';
import type { Config, Criterion } from '../../config.ts';
import { isErrno } from '../../errors.ts';
import type { EntryReader } from '../../log/entry.ts';
import { latin1 } from '../../log/latin1.ts';
import { runId } from '../../log/run.ts';
import { bytesOf } from '../../spec.ts';
import { type Event, type Kept, loginFailed } from '../event.ts';
import type { Batch } from '../follow.ts';
import type { Sink } from '../sink.ts';
import { type BlockHead, renderBlock } from './block.ts';
import { BlockFile } from './block-file.ts';
import { criteriaOfSession, criterionOfLogin } from './criterion.ts';
import { levelOf, lineType } from './line-type.ts';
import { MinuteFiles } from './minute-files.ts';
import { type Found, Rings } from './rings.ts';

/** Milliseconds: for the last words of whoever ended, and for what is behind. */
const [LAST_WORDS, PATIENCE] = [500, 20_000];
const SWEEP = 30_000;

export const FORENSIC_SINK = 'forensic';

export interface Forensics {
  sink: Sink;
  /** Every line of the followed logs goes through here. */
  see(entry: EntryReader): void;
  /** What is to be told to the sink beside what everybody is told: logins that no session came of, for a reason. */
  eventsOf(batch: Pick<Batch, 'logins'>): Event[];
  isMeant(event: Kept): boolean;
  /** What is held takes so many. */
  readonly bytes: number;
  close(): Promise<void>;
}

/** Holds what was said of each session, and writes it down once it turns out that something went wrong. */
export function openForensics(
  config: Config,
  warn: (text: string) => void,
  { lines, log }: { lines: string; log: string } = { lines: FORENSIC_LINES, log: FORENSIC_LOG },
): Forensics {
  const { size, memory, capture } = config.forensic;
  const criteria = new Set(config.forensic.criteria);
  const since = Date.now() * 1000;
  const rings = new Rings({ size, memory: bytesOf(memory), capture: new Set(capture) });
  const files = new MinuteFiles(lines, (entry, level) => take(rings, entry, level), warn);
  const blocks = new BlockFile(log, bytesOf(config.log.rotate.maxsize), warn);
  const sweeping = setInterval(() => rings.sweep(Date.now() * 1000), SWEEP);

  /** Until everything has been read that was logged by now. */
  async function settle(signal: AbortSignal): Promise<void> {
    const end = Date.now() + LAST_WORDS;
    while (!signal.aborted && files.readTo < end && Date.now() < end + PATIENCE) await files.look();
  }

  /** A monitor that was killed says nothing, and nobody says so of it. One that lives may be slow. */
  async function hasLostMonitor(found: () => Found, signal: AbortSignal): Promise<boolean> {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const { connection, strands } = found();
      if (connection === null || connection.child === null || !connection.isOver || connection.isShut) return false;
      const monitor = strands.find(({ pid }) => pid === connection.monitor);
      if (monitor === undefined || monitor.lost > 0 || signal.aborted || Date.now() > end) return false;
      if (!isAlive(connection.monitor)) break;
      await sleep(200);
    }
    await settle(signal);
    return found().connection?.isShut === false;
  }

  function write(criterion: Criterion, event: Event, found: Found): void {
    const { lines: held, lost } = rings.linesOf(found);
    const began = found.connection?.began ?? since;
    const remarks = [
      ...(lost > 0 ? [`${lost} earlier lines were let go, for want of room`] : []),
      ...(found.connection === null ? ['what sshd said of this connection is not held any more'] : []),
      ...(files.fullAt > began ? ['lines may be missing: there was no room for more of them'] : []),
    ];
    const head = headOf(event, found, held.at(-1)?.at ?? null);
    blocks.append(renderBlock(criterion, head, held, remarks), criterion === 'FailedLogin');
  }

  return {
    sink: {
      name: FORENSIC_SINK,
      concurrency: 256,
      gather: null,
      async deliver([event], _delivery, signal) {
        if (event?.event !== 'session-closed' && event?.event !== 'login-failed') return;
        const isSession = event.event === 'session-closed';
        const wanted = { session: isSession ? event.session.id.replace(/^x/, '') : null, ...event.client };
        const find = () => rings.find(wanted);
        await settle(signal);
        const met = isSession
          ? criteriaOfSession(event.session, {
              lostMonitor: await hasLostMonitor(find, signal),
              isRefused: find().strands.some((strand) => strand.isRefused),
            })
          : [criterionOfLogin(event.login)];
        const criterion = met.find((each) => each !== null && criteria.has(each));
        const found = find();
        if (criterion) write(criterion, event, found);
        rings.release(found);
      },
    },

    see(entry) {
      if (entry.program !== 'sftp') return;
      const text = latin1(entry.bytes, entry.from, entry.to);
      const at = entry.second * 1_000_000 + entry.micros();
      rings.enterSession(entry.pid, at, text.startsWith('session opened for '), () =>
        runId(entry.host, entry.pid, entry.at()),
      );
      rings.add({ program: 'sftp', pid: entry.pid, at, type: lineType('sftp', text), level: levelOf(text), text });
    },

    eventsOf: ({ logins }) =>
      logins.filter((login) => login.outcome === 'unused' && criterionOfLogin(login) !== null).map(loginFailed),

    get bytes() {
      return rings.bytes;
    },

    isMeant: ({ event }) => event === 'session-closed' || event === 'login-failed',

    async close() {
      clearInterval(sweeping);
      await files.close();
    },
  };
}

function take(rings: Rings, entry: EntryReader, level: number): void {
  const { program, pid } = entry;
  if ((program !== 'sshd' && program !== 'sftp') || pid === 0) return;
  const text = latin1(entry.bytes, entry.from, entry.to);
  const at = entry.second * 1_000_000 + entry.micros();
  rings.add({ program, pid, at, type: lineType(program, text), level, text });
}

function headOf(event: Event, { connection }: Found, last: number | null): BlockHead {
  const { id, user, client } = event;
  const session = event.event === 'session-closed' ? event.session : null;
  const totals = session?.totals;
  const isKnown = totals === undefined || totals.exact;
  const figure = (value: number | null | undefined) => (isKnown ? (value ?? (totals ? null : 0)) : null);
  const spent =
    connection && last !== null
      ? (last - connection.began) / 1000
      : Date.parse(session?.closed ?? '') - Date.parse(session?.opened ?? '');
  return {
    client: client.ip ?? connection?.ip ?? null,
    server: connection?.server ?? null,
    elapsed: Number.isNaN(spent) ? null : Math.max(0, Math.round(spent)),
    protocol: session ? 'sftp' : 'ssh2',
    user,
    ...idsOf(user),
    id,
    raw: connection?.raw ?? null,
    bytes: { in: figure(totals?.bytesIn), out: figure(totals?.bytesOut) },
    files: { in: figure(totals?.uploads), out: figure(totals?.downloads) },
  };
}

/** Of an account of this host; a name that somebody tried may be none. */
function idsOf(name: string | null): { uid: number | null; gid: number | null } {
  const known =
    name === null ? undefined : parsePasswd(readFileSync('/etc/passwd', 'utf8')).find((each) => each.name === name);
  return { uid: known?.uid ?? null, gid: known?.gid ?? null };
}

/** Whether there is such a process, whosever it is. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isErrno(error, 'ESRCH');
  }
}
