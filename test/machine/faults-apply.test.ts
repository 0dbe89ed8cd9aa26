import { expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { STORIES } from '../support/fault-stories.ts';
import { eighthOf, halfOf, tellFaults } from '../support/faults.ts';

describeMachine('apply, when something goes wrong', (suite) => {
  test('leaves no half-made customer of many, whichever touch fails or is the last before a kill -9', async () => {
    const told = await tellFaults({ suite, ...STORIES.apply, strikes: eighthOf(suite) });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    for (const name of ['acme', 'globex', 'other']) expect(told.changed.join('\n')).toContain(`+ ${name}:`);
    expect(told.runs.length).toBeGreaterThan(told.count / 4 - 2);
  }, 900_000);

  test('changes all that it is to change of those that were there, or nothing', async () => {
    const told = await tellFaults({ suite, ...STORIES.applyAgain, strikes: halfOf(suite, 6) });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    expect(told.changed.join('\n')).toContain('/sftp-root/.removed/globex.TIME');
  });
});
