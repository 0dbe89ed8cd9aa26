import type { Session } from '../../src/log/session.ts';
import { runs } from './ratio.ts';
import type { LogBench } from './sessions.ts';

/** One line of recipe.py. */
interface RecipeSession {
  user: string;
  uploads: { bytes: number }[];
  downloads: { bytes: number }[];
  removals: unknown[];
}

interface Figures {
  sessions: number;
  bytesIn: number;
  bytesOut: number;
  removed: number;
}

/** A contestant that did not do the work must not win: in a log without traps both find the same. */
export function expectSameFigures({ sessions, recipe }: LogBench, log: string): void {
  const theirs = objects<RecipeSession>(recipe(log));
  expectEqual(oursOf(objects(sessions(log))), theirsOf(theirs));
  const user = theirs[0]?.user ?? '';
  expectEqual(oursOf(objects(sessions(log, '--user', user))), theirsOf(theirs.filter((one) => one.user === user)));
}

const objects = <T>([command, ...args]: [string, ...string[]]): T[] =>
  runs(command, args)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const sum = (numbers: readonly (number | null)[]) => numbers.reduce((all: number, one) => all + (one ?? Number.NaN), 0);

const oursOf = (all: readonly Session[]): Figures => ({
  sessions: all.length,
  bytesIn: sum(all.map(({ totals }) => totals.bytesIn)),
  bytesOut: sum(all.map(({ totals }) => totals.bytesOut)),
  removed: sum(all.map(({ totals }) => totals.removed)),
});

const theirsOf = (all: readonly RecipeSession[]): Figures => ({
  sessions: all.length,
  bytesIn: sum(all.flatMap(({ uploads }) => uploads.map(({ bytes }) => bytes))),
  bytesOut: sum(all.flatMap(({ downloads }) => downloads.map(({ bytes }) => bytes))),
  removed: sum(all.map(({ removals }) => removals.length)),
});

function expectEqual(ours: Figures, theirs: Figures): void {
  const [found, expected] = [JSON.stringify(ours), JSON.stringify(theirs)];
  if (found !== expected) throw new Error(`sftpjail found ${found} where recipe.py found ${expected}`);
}
