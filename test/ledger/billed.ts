import { DEFAULT_CONFIG } from '../../src/config.ts';
import { parseConfig } from '../../src/config-file.ts';
import { type Terms, termsOf } from '../../src/ledger/terms.ts';
import type { LedgerTransfer, Snapshot } from '../../src/ledger/usage.ts';

/** Microseconds since 1970 of a stamp in UTC. */
export const micros = (stamp: string): number => Date.parse(stamp) * 1000;

export const transfer = (more: Partial<LedgerTransfer> = {}): LedgerTransfer => ({
  ...{ host: 'sftp1', session: '0123456789abcdef', n: 1, direction: 'upload', status: 'completed' },
  ...{ path: '/data/file', pathCut: false, bytesRead: 0, bytesWritten: 1000, exact: true, copied: null },
  ...{ client: '192.0.2.1', at: micros('2026-10-15T12:00:00Z'), closed: true },
  ...more,
});

export const snapshot = (day: string, bytes: number, more: Partial<Snapshot> = {}): Snapshot => ({
  ...{ host: 'sftp1', day, bytes, method: 'walk' },
  ...more,
});

/** @param billing the text below `billing:` */
export const terms = (billing = '', user = 'acme'): Terms =>
  termsOf(
    billing === ''
      ? { ...DEFAULT_CONFIG.billing, timezone: 'UTC' as never }
      : parseConfig(`billing: {${billing}}`, 'c').billing,
    user,
  );
