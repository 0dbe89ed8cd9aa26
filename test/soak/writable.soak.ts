import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Clients } from '../support/clients.ts';
import { addCustomers } from '../support/customers.ts';
import { describeMachine } from '../support/describe.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { race } from '../support/racing-customer.ts';

describe.concurrent('a minute', () => {
  describeMachine('soak', (image) => {
    let machine: Machine;
    let clients: Clients;
    beforeAll(async () => {
      machine = await bootMachine(image);
      await machine.sh('mkdir /etc/sftpjail');
      await machine.writeFile(
        '/etc/sftpjail/config.yaml',
        'watch: { enabled: true }\nshare: { writable: true }\n',
        0o640,
      );
      clients = await addCustomers(machine, 'acme', 'globex');
      await machine.sftpjail('init', '--yes');
    });
    afterAll(() => machine?.close());

    test('of races against uploads that are made group-writable changes nothing of anybody else', async () => {
      const raced = await race(machine, clients, 'acme', 60_000);
      console.log(image, raced);
      expect(raced).toMatchObject({ changed: [], gained: 0 });
      expect(raced.widened).toBeGreaterThan(0);
    });
  });
});
