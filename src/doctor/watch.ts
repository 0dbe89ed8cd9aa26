import { statSync } from 'node:fs';
import { HOOK_SOCKET_NAME, WATCH_NAME } from '../conf/systemd.ts';
import type { Config } from '../config.ts';
import { helperSockets } from '../plan/helpers.ts';
import { type Backlog, readBacklog } from '../watch/backlog.ts';
import { OUTBOX_FILE } from '../watch/outbox.ts';
import { checkOf } from './check.ts';
import type { Verdict } from './finding.ts';

export interface SeenWatch {
  runs: boolean;
  /** Sockets of its units that do not listen. */
  deaf: readonly string[];
  /** Epoch milliseconds of the log's last line, of what the daemon kept last, and of now. */
  logged: number;
  kept: number;
  now: number;
  backlog: readonly Backlog[];
}

export const watch = checkOf<SeenWatch | null>({
  name: 'watch',
  about: 'the daemon runs, keeps up with the log, and what it has to tell is told',
  async look({ config, host, services, now, needsRoot, needsRunning }) {
    if (!config.watch.enabled) return null;
    needsRunning();
    if (services.kind !== 'systemd') return null;
    needsRoot('what is still to be told');
    const sockets = socketsOf(config);
    const listen = await Promise.all(sockets.map((socket) => services.unitsAreCurrent([socket])));
    return {
      runs: (await services.servicePid(WATCH_NAME)) !== null,
      deaf: sockets.filter((_, index) => !listen[index]),
      logged: changedAt(host.followed(config.log.file)),
      kept: changedAt(host.path(OUTBOX_FILE)),
      now: now.getTime(),
      backlog: readBacklog(host.path(OUTBOX_FILE)),
    };
  },
  judge: (seen) => (seen === null ? [] : judgeWatch(seen)),
});

const socketsOf = (config: Config): string[] => [HOOK_SOCKET_NAME, ...helperSockets(config)];

const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Milliseconds: a position is kept two seconds after a line at the latest; and of a delivery, longer than a server rests. */
const [LATE, LONG] = [60_000, 3_600_000];
const RESTART = `systemctl restart ${WATCH_NAME}`;
const LOOK = 'look why: journalctl --unit sftpjail-watch';

export function judgeWatch({ runs, deaf, logged, kept, now, backlog }: SeenWatch): Verdict[] {
  return [
    ...(runs ? [] : [NOT_RUNNING]),
    ...deaf.map(
      (socket): Verdict => ({
        ...{ severity: 'error', what: `${socket} does not listen`, gist: 'a socket of the daemon does not listen' },
        why: 'what the daemon may not do itself is not done',
        remedy: [`systemctl restart ${socket}`],
      }),
    ),
    ...(runs && logged - kept > LATE && now - logged > LATE ? [behind(logged, kept)] : []),
    ...backlog
      .filter(({ oldest }) => now - oldest > LONG)
      .map(
        ({ sink, count, oldest }): Verdict => ({
          severity: 'warning',
          what: `${sink}: ${count} ${count === 1 ? 'delivery waits' : 'deliveries wait'}, the first since ${stamp(oldest)}`,
          gist: 'deliveries wait for long',
          why: 'whoever should have them does not take them; after watch.retry.for they are given up',
          advice: LOOK,
        }),
      ),
  ];
}

const NOT_RUNNING: Verdict = {
  severity: 'error',
  what: 'the daemon does not run, or not as its unit stands',
  why: 'nobody is told of sessions; they are once it runs, unless their lines are gone by then',
  remedy: [RESTART],
  advice: LOOK,
};

const behind = (logged: number, kept: number): Verdict => ({
  severity: 'error',
  what: `the daemon has kept nothing since ${stamp(kept)}, and the log goes on to ${stamp(logged)}`,
  why: 'it does not read, or its disk takes nothing: nobody is told of what happens',
  remedy: [RESTART],
  advice: LOOK,
});

const stamp = (time: number): string => new Date(time).toISOString().replace(/\.\d+/, '');
