import { addCrowd } from '../support/customers.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { missingForMachines } from '../support/needs.ts';
import prepare from '../support/prepare.ts';
import { compare } from './ratio.ts';

const KEY = '/root/customer';
const MANY = 1000;

/** Whether customers get slower to add the more of them there are. */
export async function benchAddUser(): Promise<void> {
  const missing = missingForMachines();
  if (missing !== null) return console.log(`\nadd-user left out: ${missing}`);
  await prepare();
  const machines: Machine[] = [];
  try {
    const few = await preparedMachine(machines);
    const many = await preparedMachine(machines);
    await addCrowd(
      many,
      'first',
      Array.from({ length: MANY - 1 }, (_, i) => `crowd-${i + 1}`),
    );
    await compare({
      title: 'add-user in a booted Debian 12, for one of the first customers',
      baseline: adding('one of the first', few),
      sides: [{ ...adding(`after ${MANY} others`, many), limit: 1.3 }],
      repetitions: 15,
    });
    await expectCustomers(many, MANY);
  } finally {
    for (const machine of machines) await machine.close();
  }
}

/** With one customer, whom the crowd is modelled on. */
async function preparedMachine(machines: Machine[]): Promise<Machine> {
  const machine = await bootMachine('bookworm');
  machines.push(machine);
  await machine.run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', KEY]);
  await machine.sftpjail('init', '--yes');
  await add(machine, 'first');
  return machine;
}

const add = (machine: Machine, name: string) => machine.sftpjail('add-user', name, '--key', `${KEY}.pub`, '--yes');

function adding(name: string, machine: Machine) {
  let added = 0;
  return { name, run: () => add(machine, `next-${++added}`) };
}

/** The crowd must be customers in the product's eyes too. */
async function expectCustomers(machine: Machine, atLeast: number): Promise<void> {
  const { stdout } = await machine.sftpjail('list-users', '--json');
  const found = stdout.match(/"(crowd-\d+|first)"/g)?.length ?? 0;
  if (found < atLeast) throw new Error(`list-users knows ${found} of ${atLeast} customers`);
}
