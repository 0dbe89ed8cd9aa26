import { benchWatchDelay } from './watch-delay.ts';
import { benchWatchLoad } from './watch-load.ts';

/** How soon a session is told that has ended, and how the daemon keeps up with a busy host. */
export async function benchWatch(): Promise<void> {
  await benchWatchDelay();
  await benchWatchLoad();
}
