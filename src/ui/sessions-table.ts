import type { Session } from '../log/session.ts';
import { openTable, type Table, type TableOptions } from './fitted-table.ts';
import { amountText, countText, timeText } from './quantities.ts';

/** One line a session. Figures that are lower bounds have a ≥ in front, those that are not known are a `-`. */
export const openSessionsTable = (zone: string, options: TableOptions): Table<Session> =>
  openTable<Session>(
    [
      { head: 'OPENED', text: ({ opened }) => timeText(opened, zone), shrinksTo: 16 },
      { head: 'USER', text: ({ user }) => user ?? '-', shrinksTo: 6 },
      { head: 'FROM', text: ({ client }) => client.ip ?? '-', shrinksTo: 7 },
      { head: 'END', text: ({ end }) => end, shrinksTo: 3 },
      { head: 'UP', text: ({ totals }) => countText(totals.uploads, totals.exact), align: 'right' },
      { head: 'DOWN', text: ({ totals }) => countText(totals.downloads, totals.exact), align: 'right' },
      { head: 'GONE', text: ({ totals }) => countText(totals.removed, totals.exact), align: 'right' },
      { head: 'IN', text: ({ totals }) => amountText(totals.bytesIn, totals.exact), align: 'right' },
      { head: 'OUT', text: ({ totals }) => amountText(totals.bytesOut, totals.exact), align: 'right' },
    ],
    options,
  );
