import { describe, expect, it } from 'vitest';
import { dayOf, daysOf, offsetsIn, rangesOf, spanOf } from '../../src/ledger/calendar.ts';
import { parseMonth } from '../../src/spec.ts';
import { micros } from './billed.ts';

const span = (month: string, zone: string) => spanOf(parseMonth(month), zone);

describe('months and days of a zone', () => {
  it('go from midnight to midnight by its clocks', () => {
    expect(span('2026-10', 'Europe/Berlin')).toEqual({
      ...{ from: micros('2026-09-30T22:00:00Z'), until: micros('2026-10-31T23:00:00Z') },
    });
    expect(span('2026-12', 'UTC').until).toBe(micros('2027-01-01T00:00:00Z'));
    // Midnight of 1 November 2015 in Havana was repeated: the first one counts.
    expect(span('2015-11', 'America/Havana').from).toBe(micros('2015-11-01T04:00:00Z'));
  });

  it('leave no instant out and none twice', () => {
    for (const zone of [
      'UTC',
      'Europe/Berlin',
      'America/Sao_Paulo',
      'Pacific/Apia',
      'Asia/Kolkata',
      'Africa/Casablanca',
    ])
      for (let number = 1; number < 12; number++) {
        const [one, next] = [number, number + 1].map((each) => `2011-${String(each).padStart(2, '0')}`);
        expect(span(one as string, zone).until).toBe(span(next as string, zone).from);
        expect(dayOf(span(next as string, zone).from - 1, zone).slice(0, 7)).toBe(one);
        expect(dayOf(span(next as string, zone).from, zone).slice(0, 7)).toBe(next);
      }
  });

  it('are what a database reckons that knows offsets and no zones', () => {
    const [zone, year] = [
      'Europe/Berlin',
      { from: micros('2026-01-01T00:00:00Z'), until: micros('2027-01-01T00:00:00Z') },
    ];
    const offsets = offsetsIn(year, zone);
    expect(offsets).toEqual([
      { until: micros('2026-03-29T01:00:00Z'), ahead: 3_600_000_000 },
      { until: micros('2026-10-25T01:00:00Z'), ahead: 7_200_000_000 },
      { until: Number.POSITIVE_INFINITY, ahead: 3_600_000_000 },
    ]);
  });

  it('have names', () => {
    expect(daysOf(parseMonth('2028-02'))).toHaveLength(29);
    expect(daysOf(parseMonth('2026-10')).at(-1)).toBe('2026-10-31');
    expect(rangesOf(['2026-10-01', '2026-10-02', '2026-10-03', '2026-10-25', '2026-10-26', '2026-10-31'])).toEqual([
      '2026-10-01 to 2026-10-03',
      '2026-10-25 to 2026-10-26',
      '2026-10-31',
    ]);
    for (const text of ['2026-13', '2026-1', '26-10', '2026-10-01', '2026-00'])
      expect(() => parseMonth(text)).toThrow();
  });
});
