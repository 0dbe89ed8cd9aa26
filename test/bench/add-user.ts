import type { Machine } from '../support/machine.ts';
import { addCustomer, withFewAndMany } from './few-and-many.ts';
import { compare } from './ratio.ts';

const MANY = 1000;

/** Whether customers get slower to add the more of them there are. */
export async function benchAddUser(): Promise<void> {
  await withFewAndMany('add-user', MANY, async (few, many) => {
    await compare({
      title: 'add-user in a booted Debian 12, for one of the first customers',
      baseline: adding('one of the first', few),
      sides: [{ ...adding(`after ${MANY} others`, many), limit: 1.3 }],
      repetitions: 15,
    });
    await expectCustomers(many, MANY);
  });
}

function adding(name: string, machine: Machine) {
  let added = 0;
  return { name, run: () => addCustomer(machine, `next-${++added}`) };
}

/** The crowd must be customers in the product's eyes too. */
async function expectCustomers(machine: Machine, atLeast: number): Promise<void> {
  const { stdout } = await machine.sftpjail('list-users', '--json');
  const found = stdout.match(/"(crowd-\d+|first)"/g)?.length ?? 0;
  if (found < atLeast) throw new Error(`list-users knows ${found} of ${atLeast} customers`);
}
