import { expect, test } from 'vitest';
import { STORIES } from '../support/fault-stories.ts';
import { tellFaults } from '../support/faults.ts';
import type { ImageName } from '../support/image.ts';

/** Every fault at every touch of every command that changes a host. */
export function tellAll(suite: ImageName): void {
  test.each(Object.entries(STORIES))('%s', async (name, story) => {
    const kinds = ['fail', 'kill', 'broken', 'SIGINT', 'SIGTERM'] as const;
    const strikes = kinds.map((kind) => ({ kind, step: kind === 'fail' || kind === 'kill' ? 1 : 5 }));
    const told = await tellFaults({ suite, ...story, strikes });
    const tally = new Map<string, number>();
    for (const { kind, status, ended } of told.runs) {
      const what = `${kind}: ${status}, ${ended}`;
      tally.set(what, (tally.get(what) ?? 0) + 1);
    }
    const lines = [...tally].map(([what, times]) => `  ${times} x ${what}`);
    console.log([`${suite} ${name}: ${told.count} touches, ${told.runs.length} runs`, ...lines].join('\n'));
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
  });
}
