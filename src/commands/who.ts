import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { OperatorError, refused } from '../errors.ts';
import { tcpIdle } from '../host/tcp-idle.ts';
import { type OpenSession, openSessions, type WatchedSession, watched } from '../host/who.ts';
import { lookAtSessions } from '../host/who-look.ts';
import { jsonLine } from '../ui/json-line.ts';
import { someoneReads } from '../ui/say.ts';
import { openScreen } from '../ui/screen.ts';
import { whoTable } from '../ui/who-table.ts';

const BETWEEN_LOOKS = 1000;

/** The sessions that are open now, as the kernel knows them: two looks, a second apart, tell what moves and how fast. */
export async function who(context: Context, { watch = false }: { watch?: boolean }): Promise<void> {
  const { host, options, say } = context;
  if (host.sysroot !== '') throw refused('nobody is connected to an image', `sudo sftpjail who`);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  process.once('SIGINT', interrupt);
  const screen = options.json || !watch ? null : openScreen(process.stdout);
  const show = (sessions: OpenSession[]) => {
    if (options.json) return say.result(jsonLine({ sessions }));
    if (screen !== null) return screen.draw(whoTable(sessions));
    if (sessions.length === 0 && !watch) return say.note('Nobody is connected.');
    for (const line of whoTable(sessions)) say.result(line);
    if (watch) say.result('');
  };
  try {
    let before = look(context, []);
    do {
      await sleep(BETWEEN_LOOKS, undefined, { signal: stop.signal });
      const after = look(context, before);
      show(openSessions(before, after, await silence(context, after)));
      before = after;
    } while (watch && someoneReads());
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw new OperatorError('interrupted', 'interrupted');
  } finally {
    process.off('SIGINT', interrupt);
  }
}

const look = ({ host, config, now }: Context, before: readonly WatchedSession[]): WatchedSession[] =>
  watched(before, lookAtSessions(host, config, now()));

/** Asked only about connections on which nothing was seen to move. */
async function silence({ host }: Context, sessions: readonly WatchedSession[]): Promise<ReadonlyMap<number, number>> {
  const still = sessions.filter(({ at, stillFrom }) => at > stillFrom);
  return tcpIdle(host, new Set(still.flatMap(({ peer }) => peer?.localPort ?? [])));
}
