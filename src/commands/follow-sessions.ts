import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import type { LogFile } from '../host/log-file.ts';
import { type OpenLogs, openLogs } from '../host/logs.ts';
import { spool } from '../host/spool.ts';
import { Tail } from '../host/tail.ts';
import { Fold } from '../log/fold.ts';
import { readSources } from '../log/sources.ts';
import { wallTime } from '../zone.ts';
import type { Told } from './fold-logs.ts';
import { LiveLines } from './live-lines.ts';
import { concerns, type Selection } from './selection.ts';

const PAUSE = 200;
/** Milliseconds without a line after which what has ended is settled. */
const QUIET = 500;

/**
 * Tells sessions as they settle, for ever. What settled before is told only where the selection says since when.
 *
 * Ended by a signal.
 */
export async function followSessions(context: Context, selection: Selection, { onSession }: Told): Promise<void> {
  const { config, say, now } = context;
  const reading = { warn: say.warn };
  const logs = await openLogs(context, { files: selection.files, since: selection.since ?? null, ...reading });
  const zone = config.log.timezone;
  const yearOf = (time: Date) => wallTime(time.getTime(), zone).getUTCFullYear();
  let isLive = selection.since != null || !logs.canReadAgain;
  let quietSince = Date.now();
  const fold = new Fold(config.log.detail, {
    onSession: (session) => void (isLive && concerns(session, selection) && onSession(session)),
    onLogin() {},
  });
  const tails: Tail[] = [];
  const parts = ({ files }: OpenLogs['sources'][number]) =>
    files.map((file, index) => {
      const tail = index === files.length - 1 && grows(file) ? new Tail(file, reading) : null;
      if (tail) tails.push(tail);
      return {
        chunks: () => heard(tail ? tail.fromStart() : file.chunks()),
        year: yearOf(file.modified ?? now()),
        ...(file.id === null && { keep: spool }),
      };
    });
  async function* heard(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      quietSince = Date.now();
      yield chunk;
    }
  }
  const settling = setInterval(() => void (isLive && Date.now() - quietSince >= QUIET && fold.settleEnded()), PAUSE);
  // A stream is followed by being read; it ends when it ends.
  await readSources(logs.sources.map(parts), zone, fold);
  isLive = true;
  const live = new LiveLines(tails.length, fold, zone, yearOf(now()));
  for (; tails.length > 0; await sleep(PAUSE)) {
    for (const [index, tail] of tails.entries())
      for (let piece = await tail.more(); piece.length > 0; piece = await tail.more()) {
        live.push(index, piece);
        quietSince = Date.now();
      }
    live.turn();
  }
  clearInterval(settling);
  fold.end();
  await logs.close();
}

const grows = ({ id, path }: LogFile): boolean => id !== null && !path.endsWith('.gz');
