import type { SealedChange, SealedSession, SealedTransfer } from '../../src/ledger/chain.ts';

/** Rows as they stand in the ledger, with what matters to a test in place of the usual. */
export const sessionRow = (own: Partial<SealedSession> = {}): SealedSession => ({
  ...{ session_key: '0123456789abcdef', version: 1, pid: 365, user_name: 'acme' },
  ...{ client_ip: '192.0.2.7', client_port: 50_022, login_method: 'publickey', key_type: 'ED25519' },
  ...{ key_fingerprint: 'SHA256:abc', login_ambiguous: 0, opened_at: 1_795_000_000_000_000 },
  ...{ closed_at: 1_795_000_009_000_000, first_at: 1_795_000_000_000_000, last_at: 1_795_000_009_000_000 },
  ...{ ended: 'closed', uploads: 1, downloads: 0, bytes_in: 5, bytes_out: 0, bytes_copied: 0, removed: 0 },
  ...{ failed: 0, exact: 1, omitted: 0, requests: 2, source_offset: 0 },
  ...own,
});

export const transferRow = (own: Partial<SealedTransfer> = {}): SealedTransfer => ({
  ...{ n: 1, direction: 'upload', status: 'completed', path: '/data/a.txt', path_raw: null, path_cut: 0 },
  ...{ bytes_read: 0, bytes_written: 5, exact: 1, copied: null, error: null },
  ...{ opened_at: 1_795_000_001_000_000, closed_at: 1_795_000_002_000_000, source_offset: 100 },
  ...own,
});

export const changeRow = (own: Partial<SealedChange> = {}): SealedChange => ({
  ...{ n: 2, at: 1_795_000_003_000_000, action: 'remove', status: 'completed', path: '/data/a.txt', path_raw: null },
  ...{ path_cut: 0, target: null, readings: null, attributes: null, request: null, error: null },
  ...{ source_offset: 200 },
  ...own,
});
