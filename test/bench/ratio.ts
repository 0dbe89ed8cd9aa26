import { spawnSync } from 'node:child_process';

export interface Side {
  name: string;
  /** Puts things back to where a repetition begins; not timed. */
  before?: () => Promise<void>;
  /** May return its own time in ms, or a promise of it; is timed from outside otherwise. */
  run: () => unknown;
}

export interface Contest {
  title: string;
  baseline: Side;
  /** With the highest ratio to the baseline that is still right. */
  sides: readonly (Side & { limit: number })[];
  repetitions: number;
  /** Repetitions whose times do not count: the first ones find caches cold. */
  warmups?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

async function timed({ before, run }: Side): Promise<number> {
  await before?.();
  const start = process.hrtime.bigint();
  const own = await run();
  return typeof own === 'number' ? own : Number(process.hrtime.bigint() - start) / 1e6;
}

/** Runs the sides in turn, so that whatever else the machine does falls on all of them. The medians, in ms. */
export async function measure(sides: readonly Side[], repetitions: number, warmups: number): Promise<number[]> {
  const times = sides.map((): number[] => []);
  for (let repetition = -warmups; repetition < repetitions; repetition++)
    for (const [i, side] of sides.entries()) {
      const time = await timed(side);
      if (repetition >= 0) times[i]?.push(time);
    }
  return times.map(median);
}

/** Prints the ratios of medians. */
export async function compare({ title, baseline, sides, repetitions, warmups = 2 }: Contest): Promise<void> {
  const [base = Number.NaN, ...medians] = await measure([baseline, ...sides], repetitions, warmups);
  console.log(`\n${title} (${repetitions} repetitions in turn)`);
  console.log(`        ${ms(base)}  ${baseline.name}`);
  for (const [i, { name, limit }] of sides.entries()) {
    const time = medians[i] as number;
    const ratio = time / base;
    console.log(`  ${ratio.toFixed(2)}  ${ms(time)}  ${name}: ${ratio <= limit ? 'ok' : 'OVER'}, limit ${limit}`);
  }
}

export const ms = (time: number): string => `${time.toFixed(1)} ms`.padStart(10);

/** Runs a program to its end and returns what it printed. */
export function runs(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 29 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')}: exit status ${status}\n${stderr}`);
  return stdout;
}

/** The same for one whose words nobody reads: with a pipe, Node would load its network streams to write them. */
export function runsSilently(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'ignore' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')}: exit status ${status}`);
}
