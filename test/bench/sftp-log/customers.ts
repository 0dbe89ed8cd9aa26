import type { Random } from './random.ts';

export interface Key {
  type: string;
  /** As ssh-keygen -l has it. */
  fingerprint: string;
  /** Where sshd finds it, with the line. */
  place: string;
}

export interface Customer {
  name: string;
  uid: number;
  keys: readonly Key[];
  addresses: readonly string[];
  /** As seen from inside the jail. */
  folders: readonly string[];
}

const KEY_TYPES = ['ED25519', 'ED25519', 'RSA', 'ECDSA'];
const PLACES = ['inbox', 'outbox', 'orders', 'invoices', 'deliveries', 'price-lists', 'stock-reports', 'archive'];
const DEEPER = ['2026', '2026/10', '2026/11', 'daily', 'processed', 'warehouse-03/returned', 'client 12/in transit'];

/** c000, c001, ...: each with a few keys, addresses and folders. */
export function makeCustomers(count: number, random: Random): Customer[] {
  return Array.from({ length: count }, (_, i) => {
    const name = `c${String(i).padStart(3, '0')}`;
    return {
      name,
      uid: 70_000 + i,
      keys: several(3, random, (n) => makeKey(name, n, random)),
      addresses: several(3, random, () => makeAddress(random)),
      folders: several(12, random, () => makeFolder(random)),
    };
  });
}

/** Between one and `most` of them. */
const several = <T>(most: number, random: Random, make: (n: number) => T): T[] =>
  Array.from({ length: 1 + random.below(most) }, (_, i) => make(i + 1));

function makeKey(customer: string, line: number, random: Random): Key {
  const digest = Buffer.from(Array.from({ length: 32 }, () => random.below(256)));
  return {
    type: random.pick(KEY_TYPES),
    fingerprint: `SHA256:${digest.toString('base64').replace('=', '')}`,
    place: `/etc/sftpjail/keys/${customer}:${line}`,
  };
}

/** Of the ranges that are kept for examples (RFC 5737, RFC 3849). */
function makeAddress(random: Random): string {
  if (random.oneIn(10)) return `2001:db8:${random.below(65_536).toString(16)}::${(1 + random.below(999)).toString(16)}`;
  return `${random.pick(['192.0.2', '198.51.100', '203.0.113'])}.${1 + random.below(254)}`;
}

function makeFolder(random: Random): string {
  const top = `/data/${random.pick(PLACES)}`;
  return random.oneIn(3) ? top : `${top}/${random.pick(DEEPER)}`;
}
