import { hostname } from 'node:os';
import type { Config } from '../config.ts';
import { reasonOf } from '../errors.ts';
import { type Notice, raiseNotices, tellNotices, usersSince, volumesOf } from '../ledger/notices.ts';
import { type Ledger, withLedger } from '../ledger/open.ts';
import type { QuotaReached } from './event.ts';

/** Milliseconds between looks at the ledger; each so many looks all accounts are looked at, and not only those with news. */
const [PAUSE, WHOLE] = [60_000, 60];

export interface QuotaNotices {
  /** Ends the looks; waits for one that is under way. */
  close(): Promise<void>;
}

/** Where notices go. */
interface Keeper {
  /** Whether it can keep anything yet. */
  isReady(): boolean;
  /** Puts an event where nothing is lost, or throws. It can come twice. */
  keep(event: QuotaReached): void;
}

/** Looks at the ledger now and then for accounts that have come to a threshold of their quota. */
export function openQuotaNotices(config: Config, keeper: Keeper, warn: (text: string) => void): QuotaNotices {
  let seen = 0;
  let looks = 0;
  let lastWarning = '';
  const look = async (ledger: Ledger): Promise<void> => {
    const now = Date.now() * 1000;
    // In PostgreSQL a session can become visible after one with a greater number.
    if (looks++ % WHOLE === 0) seen = 0;
    const { users, newest } = await usersSince(ledger.db, seen);
    await raiseNotices(ledger.db, config.billing, await volumesOf(ledger.db, config.billing, users, now), now);
    seen = newest;
    await tellNotices(ledger.db, config.billing, now, (notice) => keeper.keep(eventOf(notice)));
  };
  const attempt = async (): Promise<void> => {
    if (!keeper.isReady()) return;
    try {
      await withLedger(config, {}, look);
      lastWarning = '';
    } catch (error) {
      // What stays wrong for days is told once.
      if (reasonOf(error) !== lastWarning) warn(`quotas are not looked at: ${reasonOf(error)}`);
      lastWarning = reasonOf(error);
    }
  };
  let running = attempt();
  const timer = setInterval(() => {
    running = running.then(attempt);
  }, PAUSE);
  return {
    close() {
      clearInterval(timer);
      return running;
    },
  };
}

const eventOf = (notice: Notice): QuotaReached => {
  const { user_name: user, period, percent, figure, quota } = notice;
  const kind = notice.kind === 'volume' ? 'volume' : 'storage';
  return {
    ...{ v: 1, event: 'quota-reached', id: `${user}-${kind}-${period}-${percent}` },
    ...{ at: new Date(Number(notice.raised_at) / 1000).toISOString(), host: hostname(), user },
    ...{
      client: { ip: null, port: null },
      quota: { kind, period, percent, used: Number(figure), limit: Number(quota) },
    },
  };
};
