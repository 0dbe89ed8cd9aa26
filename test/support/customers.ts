import { Clients, makeKeyPair } from './clients.ts';
import type { Guest } from './guest.ts';

/** Makes a key pair and, with sftpjail itself, customers who log in with it. */
export async function addCustomers(guest: Guest, ...names: readonly string[]): Promise<Clients> {
  const key = await makeKeyPair(guest);
  for (const name of names) await guest.sftpjail('add-user', name, '--key', `${key.path}.pub`, '--yes', '--quiet');
  return new Clients(guest, key);
}

/** Makes customers like one that there is, as if each had been added; a thousand of them take a second. */
export async function addCrowd(guest: Guest, template: string, names: readonly string[]): Promise<void> {
  await guest.run('node', ['/opt/test-support/crowd.cjs', template], { input: names.join('\n') });
}
