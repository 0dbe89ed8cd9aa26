import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { mailedSessions } from '../support/mailed-sessions.ts';
import { Receivers, receiverBinds } from '../support/receivers.ts';

const CONFIG = `watch: { enabled: true, retry: { first: 1s, most: 5s } }
mail: { to: [admin@example.com] }
`;

describe.concurrent('1,000 sessions', () => {
  describeMachine('soak', (image) => {
    let machine: Machine;
    let clients: Clients;
    let receivers: Receivers;
    beforeAll(async () => {
      machine = await bootMachine(image, { bind: receiverBinds() });
      receivers = new Receivers(machine);
      await receivers.start();
      await machine.sh('mkdir /etc/sftpjail');
      await machine.writeFile('/etc/sftpjail/config.yaml', CONFIG, 0o640);
      clients = await addCustomers(machine, 'acme');
    });
    afterAll(() => machine?.close());

    test('while the daemon is killed every second, mail is refused and the log rotated', async () => {
      const told = await mailedSessions(machine, clients, receivers, 'acme', {
        ...{ sessions: 1000, rotations: 5, killEvery: 1000 },
      });
      console.log(image, { ...told, missing: told.missing.length, ambiguous: told.ambiguous.length });
      expect(told).toMatchObject({ missing: [], ambiguous: [] });
    });
  });
});
