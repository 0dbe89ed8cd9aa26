import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { disturb } from '../support/disturb.ts';
import { sendLines } from '../support/log-load.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import type { SftpWire } from '../support/sftp-wire.ts';

/** A session that does something now and then, as long as it is not told to end. */
function browse(wire: SftpWire): { end(): Promise<number> } {
  let going = true;
  const done = (async () => {
    let stats = 0;
    for (; going; stats++) {
      expect((await wire.stat(`/data/${stats}`)).status).toBe('no such file');
      await sleep(250);
    }
    await wire.close();
    return stats;
  })();
  return {
    end() {
      going = false;
      return done;
    },
  };
}

describe.concurrent('no line is lost', () => {
  describeMachine('rsyslog comes and goes', (image) => {
    let machine: Machine;
    let clients: Clients;
    beforeAll(async () => {
      machine = await bootMachine(image);
      clients = await addCustomers(machine, 'acme');
    });
    afterAll(() => machine?.close());

    // test/soak does the same without overlap.
    test('restarted, killed, stopped, frozen, and the log rotated meanwhile', async () => {
      const session = browse(await clients.wire('acme'));
      const lines = await sendLines(machine, 'acme', 'line');

      await Promise.all([disturb(machine, 'restart', 20, 500), disturb(machine, 'rotate', 10, 900)]);
      await disturb(machine, 'kill', 20, 500);
      await disturb(machine, 'stop', 5, 500);
      await disturb(machine, 'freeze', 5, 3_500);

      expect(await lines.stop()).toMatchObject({ lost: 0, missing: [], twice: 0, inOrder: true });
      expect(await session.end()).toBeGreaterThan(50);
      await machine.sh(
        'until tail -n 50 /var/log/sftp.log | grep -q "session closed for local user acme"; do sleep 0.1; done',
        {
          timeout: 20_000,
        },
      );
    });
  });
});
