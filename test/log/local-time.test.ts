import { describe, expect, test } from 'vitest';
import { dayOf, hasYear, offsetsOf, toUtc, YearCounter, YearScan } from '../../src/log/local-time.ts';

const seconds = (iso: string): number => Date.parse(iso) / 1000;

/** What a clock on the wall showed, and the line before -> UTC. */
const read = (timezone: string, local: string, earlier = '1970-01-01T00:00:00Z') =>
  new Date(toUtc(seconds(`${local}Z`), offsetsOf(timezone), seconds(earlier)) * 1000).toISOString().slice(0, 19);

describe('local time', () => {
  test.each([
    ['UTC', '2026-07-01T12:00:00', '2026-07-01T12:00:00'],
    ['Europe/Berlin', '2026-07-01T12:00:00', '2026-07-01T10:00:00'],
    ['Europe/Berlin', '2026-01-01T00:30:00', '2025-12-31T23:30:00'],
    ['America/New_York', '2026-07-01T12:00:00', '2026-07-01T16:00:00'],
    ['Asia/Kathmandu', '2026-07-01T12:00:00', '2026-07-01T06:15:00'],
    ['Pacific/Kiritimati', '2026-07-01T12:00:00', '2026-06-30T22:00:00'],
  ])('%s: %s', (timezone, local, utc) => {
    expect(read(timezone, local)).toBe(utc);
  });

  test('a zone that is none', () => {
    expect(() => offsetsOf('Europe/Atlantis')).toThrow(RangeError);
  });

  test.each([
    ['the first time', '2026-10-25T02:30:00', '2026-10-25T00:29:00Z', '2026-10-25T00:30:00'],
    ['once more', '2026-10-25T02:30:00', '2026-10-25T01:29:00Z', '2026-10-25T01:30:00'],
    ['after 02:59:59', '2026-10-25T02:00:00', '2026-10-25T00:59:59Z', '2026-10-25T01:00:00'],
    ['two lines that swapped places', '2026-10-25T02:29:59', '2026-10-25T00:30:01Z', '2026-10-25T00:29:59'],
    ['as the first line', '2026-10-25T02:30:00', '1970-01-01T00:00:00Z', '2026-10-25T00:30:00'],
    [
      'of the southern autumn',
      '2026-04-05T02:30:00',
      '2026-04-04T16:29:00Z',
      '2026-04-04T16:30:00',
      'Australia/Sydney',
    ],
  ])('the hour that autumn repeats, %s', (_, local, earlier, utc, timezone = 'Europe/Berlin') => {
    expect(read(timezone, local, earlier)).toBe(utc);
  });

  test('the hour that spring leaves out is no reason to stop', () => {
    expect(['2026-03-29T00:30:00', '2026-03-29T01:30:00']).toContain(read('Europe/Berlin', '2026-03-29T02:30:00'));
    expect(read('Europe/Berlin', '2026-03-29T01:59:59')).toBe('2026-03-29T00:59:59');
    expect(read('Europe/Berlin', '2026-03-29T03:00:00')).toBe('2026-03-29T01:00:00');
  });
});

describe('years between lines', () => {
  const count = (...stamps: string[]) => {
    const counter = new YearCounter();
    for (const stamp of stamps) counter.see(dayOf(stamp));
    return counter.years;
  };

  test.each([
    ['none', 0, ['Jan  1', 'Mar  1', 'Aug  1', 'Dec 31']],
    ['new year', 1, ['Dec 31', 'Jan  1']],
    ['two', 2, ['Dec 31', 'Jan  1', 'Jun  1', 'Nov  1', 'Feb  1']],
    ['a line that was late over new year', 1, ['Dec 31', 'Jan  1', 'Dec 31', 'Jan  1']],
    ['a step back by a day or two', 0, ['Mar  2', 'Feb 28', 'Mar  3']],
    ['leap day', 0, ['Feb 28', 'Feb 29', 'Mar  1']],
  ] as const)('%s', (_, years, stamps) => {
    expect(count(...stamps)).toBe(years);
  });

  test('are counted in chunks that cut lines anywhere', () => {
    const log = Buffer.from('Dec 30 10:00:00 h a: 1\nno stamp\n\nDec 31 10:00:00 h a: 2\nJan  1 10:00:00 h a: 3\n');
    for (let size = 1; size < log.length; size++) {
      const scan = new YearScan();
      for (let at = 0; at < log.length; at += size) scan.read(log.subarray(at, at + size));
      expect(scan.years).toBe(1);
    }
  });

  test('a log is traditional by its first line', () => {
    expect(hasYear(Buffer.from('Nov 20 17:16:16 host tag: x'))).toBe(false);
    for (const other of ['', 'Nov', 'Foo 20', 'Nov 32', 'Nov  0', '2026-11-20T', '<38>1 2026', '{"MESSAGE"'])
      expect(hasYear(Buffer.from(other))).not.toBe(false);
  });
});
