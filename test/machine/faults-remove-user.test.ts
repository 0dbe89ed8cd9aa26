import { expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { STORIES } from '../support/fault-stories.ts';
import { halfOf, quarterOf, tellFaults } from '../support/faults.ts';

describeMachine('the end of an account, when something goes wrong', (suite) => {
  test('is as before or as after, whichever touch of the host fails or is the last before a kill -9', async () => {
    const told = await tellFaults({ suite, ...STORIES.removeUser, strikes: quarterOf(suite) });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    expect(told.changed.join('\n')).toContain('+ /sftp-root/.removed/acme.TIME/data/in/order');
    expect(told.runs.length).toBeGreaterThan(told.count / 2 - 2);
    const finished = told.runs.filter(({ open, ended }) => open && ended === 'after').map(({ n }) => n);
    const undone = told.runs.filter(({ status, ended }) => status !== 0 && ended === 'before').map(({ n }) => n);
    expect(Math.max(...undone)).toBeLessThan(Math.min(...finished));
  });

  test('nor is half a jail left, where its files are to be deleted', async () => {
    const told = await tellFaults({ suite, ...STORIES.deleteData, strikes: halfOf(suite, 6) });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    expect(told.changed.filter((line) => line.startsWith('+ /sftp-root'))).toEqual([]);
  });

  test('nor is anybody locked by half', async () => {
    const told = await tellFaults({ suite, ...STORIES.lockUntil, strikes: halfOf(suite, 3) });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    expect(told.changed.join('\n')).toContain('sftpjail-unlock.timer');
  });
});
