import type { Customer } from './customers.ts';
import type { Random } from './random.ts';

const STEMS = [
  'ORDER',
  'invoice',
  'desadv_edifact',
  'stock-level',
  'Delivery note',
  'price_list_wholesale',
  'backup.db',
];
const ESCAPED = [
  'Lieferschein_M\\303\\274nchen',
  'facture_d\\303\\251taill\\303\\251e',
  '\\346\\227\\245\\346\\234\\254',
  'back\\\\slash',
];
const ENDINGS = ['csv', 'xml', 'pdf', 'csv.gz', 'edi', 'zip'];

/** One in this many names has characters that OpenSSH escapes. */
const ESCAPES = 200;

/** A path as OpenSSH logs it, of 20 to 80 characters. */
export function makePath({ folders }: Customer, random: Random): string {
  const stem = random.pick(random.oneIn(ESCAPES) ? ESCAPED : STEMS);
  const number = 1_000_000 + random.below(9_000_000);
  return `${random.pick(folders)}/${stem}_${number}.${random.pick(ENDINGS)}`;
}
