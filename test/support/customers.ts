import { Clients, makeKeyPair } from './clients.ts';
import type { Guest } from './guest.ts';

/** Makes a key pair and, with sftpjail itself, customers who log in with it. */
export async function addCustomers(guest: Guest, ...names: readonly string[]): Promise<Clients> {
  const key = await makeKeyPair(guest);
  for (const name of names) await guest.sftpjail('add-user', name, '--key', `${key.path}.pub`, '--yes', '--quiet');
  return new Clients(guest, key);
}
