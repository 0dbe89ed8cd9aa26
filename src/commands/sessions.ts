import type { Context } from '../context.ts';
import { wrongUsage } from '../errors.ts';
import type { LoginRecord, Session } from '../log/session.ts';
import { jsonLine } from '../ui/json-line.ts';
import { openLoginsTable } from '../ui/logins-table.ts';
import { parsePeriod } from '../ui/period.ts';
import { print, someoneReads } from '../ui/say.ts';
import { sessionJson } from '../ui/session-json.ts';
import { CSV_HEADER, sessionCsv } from '../ui/sessions-csv.ts';
import { openSessionsTable } from '../ui/sessions-table.ts';
import { inOrderOfTime, sessionXferlog, type XferlogLine } from '../ui/sessions-xferlog.ts';
import { readSessions } from './read-sessions.ts';
import type { Selection } from './selection.ts';

export const FORMATS = ['table', 'json', 'csv', 'xferlog'] as const;

export interface SessionsOptions {
  user?: string;
  since?: string;
  until?: string;
  failed?: boolean;
  follow?: boolean;
  logins?: boolean;
  format?: string;
}

/** What becomes of the sessions, or logins, that are told. */
interface Output<Item> {
  add(item: Item): readonly string[];
  end(): readonly string[];
}

/** Who moved what, session by session. */
export async function sessions(context: Context, files: readonly string[], options: SessionsOptions): Promise<void> {
  const print = (lines: readonly string[]) => {
    if (lines.length > 0) context.say.result(lines.join('\n'));
    if (!someoneReads()) throw new NobodyReads();
  };
  try {
    await tell(context, files, options, print);
  } catch (error) {
    if (!(error instanceof NobodyReads)) throw error;
  }
}

/** Ends the reading of logs: `sessions | head` has got what it wants. */
class NobodyReads extends Error {}

async function tell(
  context: Context,
  files: readonly string[],
  options: SessionsOptions,
  print: (lines: readonly string[]) => void,
): Promise<void> {
  const format = formatOf(context, options);
  const zone = context.config.log.timezone;
  const period = parsePeriod(options.since, options.until, { zone, now: context.now() });
  const selection = { files, ...period, user: options.user };
  if (options.logins) {
    const output = loginsOutput(context, format, zone);
    await readSessions(context, selection, { onSession() {}, onLogin: (login) => print(output.add(login)) });
    return print(output.end());
  }
  const output = sessionsOutput(context, format, zone, options);
  const onSession = (session: Session) => {
    if (!options.failed || hasFailed(session)) print(output.add(session));
  };
  if (options.follow) {
    const { followSessions } = await import('./follow-sessions.ts');
    await followSessions(context, selection, { onSession });
  } else if (format === 'json' && !options.failed) await tellAsBytes(context, selection);
  else await readSessions(context, selection, { onSession });
  print(output.end());
}

/** What a log of hundreds of megabytes says, in the shortest time. */
async function tellAsBytes(context: Context, selection: Selection): Promise<void> {
  await readSessions(context, selection, async () => {
    const { compileLess } = await import('../host/tiering.ts');
    compileLess();
    const { SessionBytes } = await import('../ui/session-bytes.ts');
    const json = new SessionBytes((bytes) => {
      print(bytes);
      if (!someoneReads()) throw new NobodyReads();
    });
    return { onSession() {}, onSettled: (settled) => json.add(settled), onPause: () => json.flush() };
  });
}

function formatOf({ options: { json } }: Context, { format, logins, follow }: SessionsOptions): string {
  if (json && format !== undefined && format !== 'json')
    throw wrongUsage('--json and --format say different things', 'leave one of them out');
  const chosen = format ?? (json ? 'json' : 'table');
  if (!(FORMATS as readonly string[]).includes(chosen))
    throw wrongUsage(`${JSON.stringify(chosen)} is no format`, `use one of ${FORMATS.join(', ')}`);
  if (logins && (chosen === 'csv' || chosen === 'xferlog'))
    throw wrongUsage(`logins cannot be printed as ${chosen}`, 'sftpjail sessions --logins --json');
  if (follow && logins) throw wrongUsage('--follow tells sessions, not logins', 'leave --logins out');
  return chosen;
}

/** A failed or partial transfer, or an end other than an orderly one. */
export const hasFailed = ({ transfers, end }: Session): boolean =>
  end !== 'closed' || transfers.some(({ status }) => status === 'failed' || status === 'partial');

/** A line of a table is as long as a terminal has room for, and on no terminal as it likes. */
const widthOf = (): number | null => (process.stdout.isTTY ? process.stdout.columns || 80 : null);

function sessionsOutput(context: Context, format: string, zone: string, { follow }: SessionsOptions): Output<Session> {
  if (format === 'table') return openSessionsTable(zone, { width: widthOf(), ...(follow && { gather: 1 }) });
  if (format === 'json') return { add: (session) => [sessionJson(session)], end: () => [] };
  if (format === 'csv') return csvOutput();
  return xferlogOutput(context, zone, follow === true);
}

function csvOutput(): Output<Session> {
  let header: string[] = [CSV_HEADER];
  const withHeader = (rows: readonly string[]) => {
    const lines = [...header, ...rows];
    header = [];
    return lines;
  };
  return { add: (session) => withHeader(sessionCsv(session)), end: () => withHeader([]) };
}

function xferlogOutput({ say }: Context, zone: string, isLive: boolean): Output<Session> {
  const kept: XferlogLine[] = [];
  let leftOut = 0;
  return {
    add(session) {
      const log = sessionXferlog(session, zone);
      leftOut += log.leftOut;
      if (isLive) return inOrderOfTime(log.lines);
      for (const line of log.lines) kept.push(line);
      return [];
    },
    end() {
      if (leftOut > 0) say.warn(`${leftOut} transfers have no line, because their bytes are not known`);
      return inOrderOfTime(kept);
    },
  };
}

const loginsOutput = (_: Context, format: string, zone: string): Output<LoginRecord> =>
  format === 'json'
    ? { add: (login) => [jsonLine(login)], end: () => [] }
    : openLoginsTable(zone, { width: widthOf() });
