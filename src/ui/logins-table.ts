import type { LoginRecord } from '../log/session.ts';
import { openTable, type Table, type TableOptions } from './fitted-table.ts';
import { timeText } from './quantities.ts';

/** One line a login that led to no session. */
export const openLoginsTable = (zone: string, options: TableOptions): Table<LoginRecord> =>
  openTable<LoginRecord>(
    [
      { head: 'AT', text: ({ at }) => timeText(at, zone), shrinksTo: 16 },
      { head: 'USER', text: ({ user }) => user ?? '-', shrinksTo: 6 },
      { head: 'FROM', text: ({ ip }) => ip ?? '-', shrinksTo: 7 },
      { head: 'LOGIN', text: ({ outcome }) => outcome },
      { head: 'METHOD', text: ({ method }) => method ?? '-', shrinksTo: 6 },
      { head: 'KEY', text: keyOf, shrinksTo: 8 },
      { head: 'REASON', text: ({ reason }) => reason ?? '', shrinksTo: 10 },
    ],
    options,
  );

const keyOf = ({ keyType, fingerprint }: LoginRecord): string =>
  [keyType, fingerprint].filter((part) => part !== null).join(' ') || '-';
