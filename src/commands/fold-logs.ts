import type { Context } from '../context.ts';
import type { LogFile } from '../host/log-file.ts';
import type { OpenLogs } from '../host/logs.ts';
import { spool } from '../host/spool.ts';
import { Fold, type LineCounts } from '../log/fold.ts';
import type { LoginRecord, Session, SessionHead } from '../log/session.ts';
import type { Settled } from '../log/settled.ts';
import { type Part, readSources, type Source } from '../log/sources.ts';
import { wallTime } from '../zone.ts';
import { concerns, isWithin, type Selection } from './selection.ts';

export interface Told {
  onSession(session: Session): void;
  /** In place of it, for who does not need a session as values. */
  onSettled?(settled: Settled): void;
  onLogin?(login: LoginRecord): void;
  /** The next piece of a log may have to be waited for, or there is none: nothing told is to be held back. */
  onPause?(): void;
}

/** Tells the sessions and logins in logs that are open, as readSessions does. */
export async function foldLogs(
  context: Context,
  logs: OpenLogs,
  selection: Selection,
  told: Told,
): Promise<LineCounts> {
  const { user } = selection;
  const zone = context.config.log.timezone;
  const { onPause = () => {} } = told;
  const sources = logs.sources.map(({ files }): Source => files.map((file) => partOf(file, context, onPause)));
  // Skipping what is of others would miss a session whose beginning, which names the user, is not in the logs.
  const maySkip = user !== undefined && told.onLogin === undefined && logs.canReadAgain;
  const seen = new Set<string>();
  let orphans = 0;
  const fold = (mentions: string | null) => {
    const { detail } = context.config.log;
    const isTold = (session: SessionHead): boolean => {
      if (!concerns(session, selection) || seen.has(session.id)) return false;
      if (mentions !== null) seen.add(session.id);
      return true;
    };
    const { onSettled } = told;
    return new Fold(detail, {
      onSession(session) {
        if (isTold(session)) told.onSession(session);
      },
      ...(onSettled && { onSettled: (settled) => void (isTold(settled.head) && onSettled(settled)) }),
      onLogin(login) {
        if (isWithin(login.at, login.at, selection) && (user === undefined || login.user === user))
          told.onLogin?.(login);
      },
      onOrphan() {
        orphans++;
      },
    });
  };
  const first = fold(maySkip ? user : null);
  await readSources(sources, zone, first, maySkip ? user : null);
  first.end();
  if (!maySkip || orphans === 0) return first.lines;
  const second = fold(null);
  await readSources(sources, zone, second);
  second.end();
  return second.lines;
}

function partOf(file: LogFile, { config, now }: Context, onPause: () => void): Part {
  const { inThreads } = file;
  return {
    chunks: () => withPauses(file.chunks(), onPause),
    ...(inThreads && {
      pieces: () => withPauses(inThreads.pieces(), onPause),
      piecesNear: (nearby) => withPauses(inThreads.piecesNear(nearby), onPause),
    }),
    ...(file.id === null && { keep: spool }),
    // Asked for where stamps have none, because zones cost a tenth of the start.
    get year() {
      return wallTime((file.modified ?? now()).getTime(), config.log.timezone).getUTCFullYear();
    },
  };
}

/** The same, with a pause before each but the first is asked for. */
async function* withPauses<Item>(items: AsyncIterable<Item>, onPause: () => void): AsyncGenerator<Item> {
  for await (const item of items) {
    yield item;
    onPause();
  }
}
