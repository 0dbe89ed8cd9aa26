import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openHistory } from '../../src/log/history.ts';
import type { HistoryEvent } from '../../src/log/history-event.ts';
import type { Session } from '../../src/log/session.ts';
import { FileSystem } from './file-system.ts';
import { download, hardlink, mkdir, remove, rename, rmdir, session, upload } from './sessions.ts';

const JAILS = {
  root: '/sftp-root',
  data: 'data',
  admins: new Set(['boss']),
  customers: new Set(['acme']),
};
const DATA = '/sftp-root/acme/data';

const name = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
  .map((parts) => `${DATA}/${parts.join('/')}`);
const action = fc.constantFrom(
  'upload',
  'upload',
  'download',
  'mkdir',
  'mkdir',
  'remove',
  'rmdir',
  'rename',
  'rename',
  'hardlink',
);
const step = fc.record({
  action,
  path: name,
  target: name,
  who: fc.nat({ max: 2 }),
  /** Whether the log tells how it went. */
  isTold: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

/** Does all steps and logs them as three sessions, the third of an administrator; second n is operation n. */
function live(steps: readonly Step[], isMarred: boolean) {
  const files = new FileSystem();
  for (const folder of ['/sftp-root', '/sftp-root/acme', DATA]) files.mkdir(folder, -1);
  for (const inode of files.inodes) inode.story = [];
  const parts: Parameters<typeof session>[1][][] = [[], [], []];
  for (const [index, { action, path, target, who, isTold }] of steps.entries()) {
    const done =
      action === 'remove' || action === 'rmdir'
        ? files.remove(path, index, action === 'rmdir')
        : files[action](
            path,
            ...((action === 'rename' || action === 'hardlink' ? [target, index] : [index]) as [never, never]),
          );
    const status = isMarred && !isTold ? 'unknown' : done ? 'completed' : 'failed';
    const seen = (at: string) => at.slice(who === 2 ? '/sftp-root'.length : '/sftp-root/acme'.length);
    const make = { upload, download, mkdir, remove, rmdir, rename, hardlink }[action] as typeof rename;
    const to = action === 'rename' || action === 'hardlink' ? seen(target) : undefined;
    const part =
      action === 'upload' || action === 'download'
        ? { upload, download }[action](index, seen(path), { status })
        : make(index, seen(path), to, { status });
    parts[who]?.push(part);
  }
  const sessions = parts.map((each, who) => ({ ...session(who === 2 ? 'boss' : 'acme', ...each), id: String(who) }));
  return { files, sessions };
}

function historyOf(path: string, sessions: readonly Session[]) {
  const found = openHistory(path, JAILS);
  for (const each of [...sessions].reverse()) found.add(each);
  return found.history().files;
}

const START = Date.UTC(2026, 10, 21, 10);
const numberOf = ({ at }: HistoryEvent): number => (Date.parse(at ?? '') - START) / 1000;

/** All names that any file had, and one that none had. */
const namesIn = (files: FileSystem): string[] => [
  ...new Set(files.inodes.flatMap(({ names }) => [...names]).filter((each) => each.startsWith(`${DATA}/`))),
];

const RUNS = { numRuns: 400 };
const someSteps = fc.array(step, { maxLength: 40 });

describe('against a file system that knows the true fate of every file', () => {
  it('a log without gaps tells exactly what happened', () => {
    fc.assert(
      fc.property(someSteps, (steps) => {
        const { files, sessions } = live(steps, false);
        for (const path of namesIn(files)) {
          const known = historyOf(path, sessions)
            .map(({ events, fate }) => ({ events: events.filter(({ status }) => status !== 'failed'), fate }))
            .filter(({ events }) => events.length > 0);
          const told = known.map(({ events, fate }) => ({ story: events.map(numberOf), now: [...fate.names].sort() }));
          const truth = files.inodes
            .filter(({ names }) => names.has(path))
            .map((inode) => ({ story: inode.story, now: files.namesOf(inode).sort() }));
          const byStory = (one: { story: number[] }, other: { story: number[] }) =>
            (one.story[0] ?? 0) - (other.story[0] ?? 0);
          expect(told.sort(byStory)).toEqual(truth.sort(byStory));
          expect(known.flatMap(({ events }) => events.filter(({ possible }) => possible))).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it('a log with unknown outcomes says nothing false for certain, and leaves nothing out', () => {
    fc.assert(
      fc.property(someSteps, (steps) => {
        const { files, sessions } = live(steps, true);
        for (const path of namesIn(files)) {
          const told = historyOf(path, sessions);
          const stories = files.inodes.filter(({ names }) => names.has(path));
          for (const { events } of told) {
            const certain = events.filter(({ possible, status }) => !possible && status !== 'failed').map(numberOf);
            const fitting = files.inodes.filter(({ story }) => certain.every((each) => story.includes(each)));
            expect(fitting, `${path}: ${certain}`).not.toEqual([]);
          }
          const all = new Set(told.flatMap(({ events }) => events.map(numberOf)));
          for (const { story } of stories) for (const each of story) expect(all, path).toContain(each);
        }
      }),
      RUNS,
    );
  });
});
