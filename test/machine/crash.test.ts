import { afterAll, beforeAll, expect, test } from 'vitest';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { disturb } from '../support/disturb.ts';
import { sendLines } from '../support/log-load.ts';
import { bootMachine, type Machine } from '../support/machine.ts';

const CRASHES = 10;

describeMachine('a crash of rsyslogd', (image) => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await bootMachine(image);
    await addCustomers(machine, 'acme');
  });
  afterAll(() => machine?.close());

  // With a queue in rsyslogd's memory, hundreds of lines would go with each crash.
  test('in the midst of a backlog takes no more with it than the line in its hands', async () => {
    const lines = await sendLines(machine, 'acme', 'backlog', 1_000);
    await disturb(machine, 'killAtWork', CRASHES, 1_200);
    const { sent, lost, twice } = await lines.stop();
    expect(sent).toBeGreaterThan(CRASHES * 200);
    expect(lost).toBeLessThanOrEqual(CRASHES);
    expect(twice).toBe(0);
  });
});
