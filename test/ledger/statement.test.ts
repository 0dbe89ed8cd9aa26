import { describe, expect, it } from 'vitest';
import { type Final, makeStatement, type Statement, type StatementRows } from '../../src/ledger/statement.ts';
import { parseMonth } from '../../src/spec.ts';
import { micros, snapshot, terms, transfer } from './billed.ts';

const NOTHING: StatementRows = { transfers: [], uncounted: [], snapshots: [], finals: [], heads: [] };
const RATES =
  'timezone: Europe/Berlin, rates: { base: "10", upload: { rate: "0.05" }, download: { included: 1 GB, rate: "0.10" }, storage: { included: 1 GB, rate: "0.31" } }';

const make = (rows: Partial<StatementRows>, month = '2026-10', billing = RATES): Statement =>
  makeStatement({ user: 'acme', month: parseMonth(month), terms: terms(billing) }, { ...NOTHING, ...rows });

const amounts = ({ base, lines, corrections, total }: Statement) => [
  base,
  ...lines.map(({ amount }) => amount),
  ...corrections.map(({ amount }) => amount),
  total,
];

describe('a statement', () => {
  it('bills what goes beyond what is included, each line rounded once', () => {
    const statement = make({
      transfers: [
        transfer({ bytesWritten: 2_500_000_000 }),
        transfer({ n: 2, direction: 'download', bytesRead: 3_150_000_000, bytesWritten: 0 }),
        // One handle that was both read and written counts for both.
        transfer({ n: 3, direction: 'both', bytesRead: 50_000_000, bytesWritten: 100_000_000 }),
        // The bytes of what was broken off crossed the wire too.
        transfer({ n: 4, status: 'partial', bytesWritten: 400_000_000 }),
      ],
    });
    expect(statement.lines.map(({ used, over }) => [used, over])).toEqual([
      [3_000_000_000, 3_000_000_000],
      [3_200_000_000, 2_200_000_000],
      [6_200_000_000, 6_200_000_000],
      [0, 0],
    ]);
    expect(amounts(statement)).toEqual(['10.00', '0.15', '0.22', '0.00', '0.00', '10.37']);
  });

  it('names apart, and does not bill, what is not exact, was copied on the server, or was refused', () => {
    const { figures, total } = make({
      transfers: [
        transfer({ bytesWritten: 1e9 }),
        transfer({ n: 2, bytesWritten: 5e9, bytesRead: 0, copied: 'likely' }),
        transfer({ n: 3, bytesWritten: 0, bytesRead: 5e9, direction: 'download', copied: 'certain' }),
        transfer({ n: 4, exact: false, bytesRead: null, bytesWritten: null, pathCut: true, status: 'unknown' }),
        transfer({ n: 5, exact: false, bytesRead: 7, bytesWritten: 0 }),
        transfer({ n: 6, closed: false, exact: false, bytesRead: null, bytesWritten: null, status: 'partial' }),
        transfer({ n: 7, status: 'failed', bytesRead: 0, bytesWritten: 0, closed: false }),
      ],
      uncounted: [
        { host: 'sftp1', session: 'a', count: 10, bytesIn: 1e9, bytesOut: 2e9, exact: true },
        { host: 'sftp1', session: 'b', count: 3, bytesIn: 9e9, bytesOut: 0, exact: false },
      ],
    });
    expect(figures.moved).toEqual({
      ...{ transfers: 11, upload: 2e9, download: 2e9, failed: 1 },
      ...{ copied: { transfers: 2, bytes: 5e9 }, inexact: { transfers: 6, bytes: 9e9 + 7 } },
    });
    // 10 + 2 GB up at 0.05 + 1 GB down beyond the first at 0.10
    expect(total).toBe('10.20');
  });

  it('lists the days that were not measured, fills none in, and by the mean charges none', () => {
    const snapshots = [
      ...['2026-10-03', '2026-10-04', '2026-10-05'].map((day) => snapshot(day, 2_000_000_000)),
      snapshot('2026-10-31', 12_000_000_000),
    ];
    const statement = make({ snapshots });
    expect(statement.figures.stored).toEqual({
      ...{ peak: 12e9, mean: 4_500_000_000, measured: 4, days: 31, partial: [] },
      missing: ['2026-10-01 to 2026-10-02', '2026-10-06 to 2026-10-30'],
    });
    // 3.5 GB beyond the included one, at 0.31 a GB, for 4 of 31 days.
    expect(statement.lines[3]).toMatchObject({ over: 3_500_000_000, share: [4, 31], amount: '0.14' });
    const byPeak = make({ snapshots }, '2026-10', `${RATES}, storageBy: peak`);
    expect(byPeak.lines[3]).toMatchObject({ over: 11e9, share: null, amount: '3.41' });
  });

  it('adds up the hosts of a day, and tells on which of them one is missing', () => {
    const { stored } = make({
      snapshots: [
        ...[snapshot('2026-10-01', 5), snapshot('2026-10-01', 7, { host: 'sftp2' })],
        snapshot('2026-10-02', 6, { method: 'at-least' }),
      ],
    }).figures;
    expect(stored).toMatchObject({ peak: 12, mean: 9, measured: 2, partial: ['2026-10-02'] });
    expect(stored.missing).toEqual(['2026-10-03 to 2026-10-31 on sftp1', '2026-10-02 to 2026-10-31 on sftp2']);
  });

  it('takes the rates of all, then those of the plan, then those of the account', () => {
    const billing = `${RATES}, plans: { gold: { base: "49", upload: { rate: "0.04" } } }, accounts: { acme: { plan: gold, upload: { included: 1 TB } } }`;
    expect(terms(billing).tariff).toMatchObject({
      ...{ base: '49', upload: { included: 1e12, rate: '0.04' }, download: { included: 1e9, rate: '0.10' } },
    });
    expect(terms(billing, 'globex')).toMatchObject({ plan: null, tariff: { base: '10' } });
    expect(terms(RATES, 'constructor').plan).toBeNull();
  });

  describe('after one that is final', () => {
    const october = make({ transfers: [transfer({ bytesWritten: 1e9 })] });
    const final = (statement: Statement, number: string, now: Final['now']): Final => ({
      ...{ statement: { ...statement, number }, now },
    });
    const late = make({ transfers: [transfer({ bytesWritten: 1e9 }), transfer({ n: 2, bytesWritten: 2e9 })] }).figures;

    it('corrects what has come since, by the rates of then, and once', () => {
      const dearer = RATES.replace('0.05', '0.50');
      const november = make({ finals: [final(october, '2026-0001', late)] }, '2026-11', dearer);
      expect(november.corrections).toMatchObject([
        { month: '2026-10', number: '2026-0001', upload: 2e9, download: 0, amount: '0.10' },
      ]);
      expect(november.total).toBe('10.10');
      const finals = [final(october, '2026-0001', late), final(november, '2026-0002', november.figures)];
      expect(make({ finals }, '2026-12', dearer)).toMatchObject({ corrections: [], total: '10.00' });
      const less = make({}).figures;
      const again = make({ finals: [final(october, '2026-0001', less), ...finals.slice(1)] }, '2026-12', dearer);
      expect(again.corrections).toMatchObject([{ upload: -3e9, amount: '-0.15' }]);
      expect(again.total).toBe('9.85');
    });

    it('says nothing where nothing came, or where the rows are not all there any more', () => {
      for (const now of [october.figures, null])
        expect(make({ finals: [final(october, '2026-0001', now)] }, '2026-11').corrections).toEqual([]);
      expect(make({ finals: [final(october, '2026-0001', late)] }, '2026-09').corrections).toEqual([]);
    });

    it('does not add up two currencies', () => {
      const rows = { finals: [final(october, '2026-0001', late)] };
      expect(() => make(rows, '2026-11', `${RATES}, currency: USD`)).toThrow(/2026-0001 was in EUR/);
    });
  });

  it('is of the month as the zone has it', () => {
    expect(make({})).toMatchObject({ from: micros('2026-09-30T22:00:00Z'), until: micros('2026-10-31T23:00:00Z') });
  });
});
