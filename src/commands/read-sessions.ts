import type { Context } from '../context.ts';
import { openLogs } from '../host/logs.ts';
import type { LineCounts } from '../log/fold.ts';
import { openProgress } from '../ui/progress.ts';
import type { Told } from './fold-logs.ts';
import type { Selection } from './selection.ts';

/**
 * Tells the sessions and logins in the logs, as they settle.
 *
 * @param whom who is told; or what loads it, for who is large: it loads while threads begin
 * @returns how many lines of each class were read; of a user's alone, if logins were not asked for
 * @throws OperatorError `refused` for a log that cannot be read
 */
export async function readSessions(
  context: Context,
  selection: Selection,
  whom: Told | (() => Promise<Told>),
): Promise<LineCounts> {
  const { since = null, files, user } = selection;
  const progress = openProgress();
  const logs = await openLogs(context, {
    files,
    since,
    warn(text) {
      progress.wipe();
      context.say.warn(text);
    },
    onProgress: progress.report,
  });
  let pause = () => {};
  try {
    if (user === undefined) logs.begin();
    const { foldLogs } = await import('./fold-logs.ts');
    const told = typeof whom === 'function' ? await whom() : whom;
    pause = () => {
      progress.wipe();
      told.onPause?.();
    };
    return await foldLogs(context, logs, selection, {
      onSession(session) {
        progress.wipe();
        told.onSession(session);
      },
      ...(told.onSettled && { onSettled: told.onSettled }),
      ...(told.onLogin && { onLogin: told.onLogin }),
      ...(told.onPause && { onPause: pause }),
    });
  } finally {
    progress.end();
    await logs.close();
    pause();
  }
}
