import { describe, expect, it, test } from 'vitest';
import { parseTimeZone } from '../../src/spec.ts';
import { parseMoment, parsePeriod } from '../../src/ui/period.ts';
import { zoneOf } from '../../src/zone.ts';

/** 00:30 on 21 November in Berlin, still the 20th in UTC. */
const now = new Date('2026-11-20T23:30:00Z');
const at = (text: string, edge: 'since' | 'until' = 'since', zone = 'Europe/Berlin') =>
  new Date(parseMoment(text, edge, { zone, now })).toISOString();

describe('a time that is typed', () => {
  it.each([
    ['today', '2026-11-20T23:00:00.000Z', '2026-11-21T23:00:00.000Z'],
    ['yesterday', '2026-11-19T23:00:00.000Z', '2026-11-20T23:00:00.000Z'],
    ['2026-11-20', '2026-11-19T23:00:00.000Z', '2026-11-20T23:00:00.000Z'],
    ['2026-12-31', '2026-12-30T23:00:00.000Z', '2026-12-31T23:00:00.000Z'],
    ['2024-02-29', '2024-02-28T23:00:00.000Z', '2024-02-29T23:00:00.000Z'],
  ])('%s begins for --since and ends for --until', (text, since, until) => {
    expect(at(text)).toBe(since);
    expect(at(text, 'until')).toBe(until);
  });

  it.each([
    ['45s', '2026-11-20T23:29:15.000Z'],
    ['30m', '2026-11-20T23:00:00.000Z'],
    ['2h', '2026-11-20T21:30:00.000Z'],
    ['3d', '2026-11-17T23:30:00.000Z'],
    ['2w', '2026-11-06T23:30:00.000Z'],
    ['2026-11-20T10:00', '2026-11-20T09:00:00.000Z'],
    ['2026-11-20T10:00:30', '2026-11-20T09:00:30.000Z'],
    ['2026-11-20 10:00', '2026-11-20T09:00:00.000Z'],
    ['2026-11-20T10:00Z', '2026-11-20T10:00:00.000Z'],
    ['2026-07-20T10:00', '2026-07-20T08:00:00.000Z'],
  ])('%s is one moment, %s', (text, moment) => {
    expect(at(text)).toBe(moment);
    expect(at(text, 'until')).toBe(moment);
  });

  it('in the hour that autumn repeats takes in both', () => {
    expect(at('2026-10-25T02:30')).toBe('2026-10-25T00:30:00.000Z');
    expect(at('2026-10-25T02:30', 'until')).toBe('2026-10-25T01:30:00.000Z');
  });

  it('in the hour that spring skips is what the clock would have shown', () => {
    expect(at('2026-03-29T02:30')).toBe('2026-03-29T01:30:00.000Z');
  });

  it('knows days of 23 and 25 hours, and zones off the full hour', () => {
    expect([at('2026-03-29'), at('2026-03-29', 'until')]).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ]);
    expect([at('2026-10-25'), at('2026-10-25', 'until')]).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ]);
    expect(at('2026-11-20', 'since', 'Asia/Kathmandu')).toBe('2026-11-19T18:15:00.000Z');
    expect(at('2026-11-20', 'since', 'Pacific/Kiritimati')).toBe('2026-11-19T10:00:00.000Z');
  });

  it.each([
    '',
    'tomorrow',
    '2x',
    '-2h',
    '2026-13-01',
    '2026-02-29',
    '2026-11-31',
    '2026-11-20T24:00',
    '2026-11-20T1:00',
    '20.11.2026',
    '2026-11-20T10:00+01:00',
    'T10:00',
  ])('is refused where it says none: %j', (text) =>
    expect(() => at(text)).toThrow(`--since: ${JSON.stringify(text)} is not a time`),
  );
});

describe('a period', () => {
  const options = { zone: 'UTC', now };

  it('may be open at either end', () => {
    expect(parsePeriod(undefined, undefined, options)).toEqual({ since: null, until: null });
    expect(parsePeriod('1h', undefined, options)).toEqual({ since: now.getTime() - 3_600_000, until: null });
  });

  it('may be one day', () => {
    const { since, until } = parsePeriod('yesterday', 'yesterday', options);
    expect((until ?? 0) - (since ?? 0)).toBe(86_400_000);
  });

  it('ends after it begins', () => {
    expect(() => parsePeriod('today', 'yesterday', options)).toThrow(
      '--until "yesterday" is not after --since "today"',
    );
  });
});

test('the zone is that of the host, or what was configured', () => {
  expect(parseTimeZone(zoneOf('host'))).toBe(new Intl.DateTimeFormat().resolvedOptions().timeZone);
  expect(zoneOf('Europe/Berlin')).toBe('Europe/Berlin');
});
