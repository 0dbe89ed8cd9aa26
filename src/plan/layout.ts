import type { Config } from '../config.ts';

/** What cannot change under customers: their jails would be looked for elsewhere, and their groups not be confined. */
export type Layout = Pick<Config, 'root' | 'data' | 'groups'>;

export const LAYOUT_FILE = '/var/lib/sftpjail/layout.json';

export const renderLayout = ({ root, data, groups }: Layout): string =>
  `${JSON.stringify({ root, data, groups }, null, 2)}\n`;
