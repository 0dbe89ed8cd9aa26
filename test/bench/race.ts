import { measure, ms, type Side } from './ratio.ts';

export interface Race {
  title: string;
  baseline: Side;
  /** With how many times faster than the baseline each has to be; without it the figure is only stated. */
  sides: readonly (Side & { atLeast?: number })[];
  repetitions: number;
}

/** As compare, for sides that are many times faster than the baseline: prints how many. */
export async function race({ title, baseline, sides, repetitions }: Race): Promise<void> {
  const [base = Number.NaN, ...medians] = await measure([baseline, ...sides], repetitions, 1);
  console.log(`\n${title} (${repetitions} repetitions in turn)`);
  console.log(`          ${ms(base)}  ${baseline.name}`);
  for (const [i, { name, atLeast }] of sides.entries()) {
    const time = medians[i] as number;
    const times = base / time;
    const verdict = atLeast === undefined ? '' : `: ${times >= atLeast ? 'ok' : 'SLOW'}, at least ${atLeast}x`;
    console.log(`${`${times.toFixed(1)}x`.padStart(8)}  ${ms(time)}  ${name}${verdict}`);
  }
}
