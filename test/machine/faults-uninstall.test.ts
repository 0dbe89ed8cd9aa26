import { expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { STORIES } from '../support/fault-stories.ts';
import { eighthOf, halfOf, tellFaults } from '../support/faults.ts';

describeMachine('uninstall, when something goes wrong', (suite) => {
  test('brings everything back, whichever touch of the host fails or is the last before a kill -9', async () => {
    const told = await tellFaults({ suite, ...STORIES.uninstall, strikes: eighthOf(suite) });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    expect(told.runs.length).toBeGreaterThan(told.count / 4 - 2);
  });

  test('so it does with a daemon, a ledger and what is held in memory', async () => {
    // Where the daemon is stopped and the ledger still there, and where its sockets are gone and rsyslog's is not.
    const strikes = halfOf(suite, 40).map(({ kind, first = 1 }) => ({ kind, first: first + 29, step: 1000 }));
    const told = await tellFaults({ suite, ...STORIES.uninstallWatching, strikes });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    expect(told.runs.map(({ ended }) => ended)).toEqual(['before', 'before']);
  });

  test('with --remove-users it comes to a point from which recover can only finish it', async () => {
    const told = await tellFaults({ suite, ...STORIES.removeAll, strikes: eighthOf(suite) });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    const finished = told.runs.filter(({ open, ended }) => open && ended === 'after').map(({ n }) => n);
    const undone = told.runs.filter(({ status, ended }) => status !== 0 && ended === 'before').map(({ n }) => n);
    expect(finished.length).toBeGreaterThan(1);
    expect(Math.max(...undone)).toBeLessThan(Math.min(...finished));
  });
});
