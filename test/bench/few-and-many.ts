import { addCrowd } from '../support/customers.ts';
import { bootMachine, type Machine } from '../support/machine.ts';
import { missingForMachines } from '../support/needs.ts';
import prepare from '../support/prepare.ts';

export const KEY = '/root/customer';

/** Boots two Debian 12 that are prepared alike: one with one customer, the other with so many. */
export async function withFewAndMany(
  title: string,
  count: number,
  use: (few: Machine, many: Machine) => Promise<void>,
): Promise<void> {
  const missing = missingForMachines();
  if (missing !== null) return console.log(`\n${title} left out: ${missing}`);
  await prepare();
  const machines: Machine[] = [];
  try {
    const few = await preparedMachine(machines);
    const many = await preparedMachine(machines);
    const names = Array.from({ length: count - 1 }, (_, i) => `crowd-${i + 1}`);
    await addCrowd(many, 'first', names);
    await use(few, many);
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
  await addCustomer(machine, 'first');
  return machine;
}

export const addCustomer = (machine: Machine, name: string) =>
  machine.sftpjail('add-user', name, '--key', `${KEY}.pub`, '--yes');
