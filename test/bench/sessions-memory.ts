import { join } from 'node:path';
import { runs } from './ratio.ts';
import type { LogBench } from './sessions.ts';

const PEAK = join(import.meta.dirname, 'peak.py');
const MB = 1_000_000;
const LIMIT = 250 * MB;
/** How much more or less a log of twice the size may take. */
const SPREAD = 0.2;
const [FEW, MANY] = [1000, 100_000];

/** The most memory that `sessions --json` has at once, which must not grow with the log. */
export async function benchMemory({ withLog, sessions }: LogBench): Promise<void> {
  const peakOf = async (...options: string[]): Promise<number> => {
    let peak = Number.NaN;
    await withLog(options, (log) => {
      peak = Number(runs('python3', [PEAK, ...sessions(log)]));
    });
    return peak;
  };
  console.log(`\nthe most memory of sftpjail sessions --json, limit ${mb(LIMIT)}`);
  const half = await peakOf('--bytes', '500M');
  say(half, '500 MB', half < LIMIT);
  const whole = await peakOf('--bytes', '1G');
  say(whole, '1 GB', whole < LIMIT);
  const ratio = whole / half;
  const verdict = Math.abs(ratio - 1) <= SPREAD ? 'ok' : 'OVER';
  console.log(`  ${ratio.toFixed(2)}  1 GB to 500 MB: ${verdict}, limit ${1 - SPREAD} to ${1 + SPREAD}`);
  const one = await peakOf('--bytes', '500M', '--one-session');
  say(one, '500 MB, all of it one session', one < LIMIT);

  const few = await peakOf('--open', String(FEW));
  const many = await peakOf('--open', String(MANY));
  say(many, `${MANY} sessions open at once`);
  console.log(`  ${Math.round((many - few) / (MANY - FEW))} bytes for each, compared with ${FEW} of them`);
}

const mb = (bytes: number): string => `${(bytes / MB).toFixed(1)} MB`;

function say(peak: number, what: string, good?: boolean): void {
  const verdict = good === undefined ? '' : `: ${good ? 'ok' : 'OVER'}`;
  console.log(`  ${mb(peak).padStart(10)}  ${what}${verdict}`);
}
