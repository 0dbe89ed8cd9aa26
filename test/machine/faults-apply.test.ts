import { expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { STORIES } from '../support/fault-stories.ts';
import { halfOf, tellFaults } from '../support/faults.ts';

describeMachine('apply, when something goes wrong', (suite) => {
  test('leaves no half-made customer of many, whichever touch fails or is the last before a kill -9', async () => {
    const told = await tellFaults({ suite, ...STORIES.apply, strikes: halfOf(suite, 2) });
    console.log(suite, told.count, told.runs.length);
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    for (const name of ['acme', 'globex', 'other']) expect(told.changed.join('\n')).toContain(`+ ${name}:`);
  });
});
