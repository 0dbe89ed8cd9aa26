import { describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import type { HostFacts } from '../../src/plan/facts.ts';
import { unwantedTimers, wantTimers } from '../../src/plan/timers.ts';
import { parseTimeZone } from '../../src/spec.ts';
import { bareDebian, customer, templates } from '../support/facts.ts';

const FOLDER = '/etc/systemd/system/timers.target.wants';

const host = (ledger: boolean, locked: boolean, more: Partial<HostFacts> = {}): HostFacts => ({
  ...bareDebian,
  config: {
    ...DEFAULT_CONFIG,
    ledger: { ...DEFAULT_CONFIG.ledger, enabled: ledger },
    billing: { ...DEFAULT_CONFIG.billing, timezone: parseTimeZone('Europe/Berlin') },
  },
  accounts: [customer('acme')],
  declared: new Map(locked ? [['acme', { lockedUntil: '2099-01-01' }]] : []),
  ...more,
});

const links = (wishes: ReturnType<typeof wantTimers>) =>
  wishes.flatMap(({ kind, at }) => (kind === 'symlink' ? [at.slice(FOLDER.length + 1)] : []));

describe('timers', () => {
  it('are those that are needed, and the others are taken away', () => {
    const [unlock, ledger, snapshot] = ['sftpjail-unlock.timer', 'sftpjail-ledger.timer', 'sftpjail-snapshot.timer'];
    expect(links(wantTimers(host(false, false), templates))).toEqual([]);
    expect(links(unwantedTimers(host(false, false), templates))).toEqual([unlock, ledger, snapshot]);
    expect(links(wantTimers(host(true, true), templates))).toEqual([unlock, ledger, snapshot]);
    expect(links(wantTimers(host(true, false), templates))).toEqual([ledger, snapshot]);
    expect(links(unwantedTimers(host(true, false), templates))).toEqual([unlock]);
  });

  it('share a folder, which is made once and goes with the last of them', () => {
    const folders = (wishes: ReturnType<typeof wantTimers>) => wishes.filter(({ kind }) => kind === 'directory').length;
    const ours = { made: [`directory ${FOLDER}`] };
    expect(folders(wantTimers(host(true, true, ours), templates))).toBe(1);
    expect(folders(unwantedTimers(host(true, false, ours), templates))).toBe(0);
    expect(folders(unwantedTimers(host(false, false, ours), templates))).toBe(1);
    expect(folders(wantTimers(host(true, true), templates))).toBe(0);
  });

  it('measure storage each day by the calendar of the bills', () => {
    const timer = wantTimers(host(true, false), templates).find(({ at }) => at.endsWith('snapshot.timer'));
    expect(timer?.state).toMatchObject({
      content: expect.stringContaining('OnCalendar=*-*-* 04:00:00 Europe/Berlin\n'),
    });
  });
});
