import { expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { STORIES } from '../support/fault-stories.ts';
import { eighthOf, halfOf, tellFaults } from '../support/faults.ts';

describeMachine('add-user, when something goes wrong', (suite) => {
  test('leaves no half-made customer, whichever touch of the host fails or is the last before a kill -9', async () => {
    const told = await tellFaults({ suite, ...STORIES.addUser, strikes: eighthOf(suite) });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    expect(told.changed.join('\n')).toContain('+ /etc/sftpjail/keys/acme');
    expect(told.runs.length).toBeGreaterThan(told.count / 4 - 2);
  });

  test('takes a password back again', async () => {
    const told = await tellFaults({ suite, ...STORIES.addPassword, strikes: halfOf(suite, 3) });
    expect(told.problems).toEqual([]);
    expect(told.changed.join('\n')).toContain('+ acme:(password):');
  });

  test('takes back init with it where it was the first customer', async () => {
    const told = await tellFaults({ suite, ...STORIES.addFirstUser, strikes: halfOf(suite, 11) });
    expect(told.problems).toEqual([]);
    expect(told.runs.length).toBeGreaterThan(10);
  });
});
