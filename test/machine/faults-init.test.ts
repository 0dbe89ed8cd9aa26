import { expect, test } from 'vitest';
import { describeMachine } from '../support/describe.ts';
import { STORIES } from '../support/fault-stories.ts';
import { eighthOf, halfOf, tellFaults } from '../support/faults.ts';

// Two machines share the work, which is every other touch. test/soak does all, on both.
describeMachine('init, when something goes wrong', (suite) => {
  test('leaves the host as it was, whichever touch fails or is the last before a kill -9', async () => {
    const told = await tellFaults({ suite, ...STORIES.init, strikes: eighthOf(suite) });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    expect(told.count).toBeGreaterThan(90);
    expect(told.runs.length).toBeGreaterThan(told.count / 4 - 2);
    // Where the journal itself cannot be removed, all is done; `recover` removes it then.
    expect(told.runs.filter(({ status }) => status === 6).length).toBeLessThanOrEqual(1);
  });

  test('so it does with a daemon and a line in PAM, which uninstall takes back', async () => {
    // From where its files are there to where it runs.
    const strikes = halfOf(suite, 12).map(({ kind, first = 1, step }) => ({
      kind,
      first: first + 130,
      ...(step && { step }),
    }));
    const told = await tellFaults({ suite, ...STORIES.initWatching, strikes });
    expect(told.problems).toEqual([]);
    expect(told.restored).toEqual([]);
    expect(told.runs.length).toBeGreaterThan(2);
    expect(told.changed).toContainEqual(expect.stringContaining('/etc/pam.d/sshd'));
  });

  test('when its disk fails for good, recover mends the host once it is back', async () => {
    const told = await tellFaults({ suite, ...STORIES.init, strikes: [{ kind: 'broken', first: 7, step: 16 }] });
    expect(told.problems).toEqual([]);
    expect(told.runs.some(({ status }) => status === 6)).toBe(true);
  });

  test('recover, failing or killed itself, is taken up by the next one', async () => {
    const told = await tellFaults({ suite, ...STORIES.recover, strikes: halfOf(suite, 9) });
    expect(told.problems).toEqual([]);
    expect(told.runs.some(({ status }) => status === 6)).toBe(true);
    expect(told.runs.every(({ ended }) => ended === 'before')).toBe(true);
  });

  test('Ctrl-C and a polite kill are answered by an orderly retreat', async () => {
    const strikes = [
      { kind: 'SIGINT', first: 6, step: 17 },
      { kind: 'SIGTERM', first: 15, step: 17 },
    ] as const;
    const told = await tellFaults({ suite, ...STORIES.init, strikes });
    expect(told.problems).toEqual([]);
    expect(told.runs.filter(({ status }) => status === 130).length).toBeGreaterThan(told.runs.length - 3);
  });
});
