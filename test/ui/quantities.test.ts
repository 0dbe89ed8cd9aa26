import { expect, test } from 'vitest';
import { amountText, bytesText, countText, timeText } from '../../src/ui/quantities.ts';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1234, '1.2 kB'],
  [9949, '9.9 kB'],
  [9950, '10 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [5_600_000, '5.6 MB'],
  [340e9, '340 GB'],
  [1e15, '1.0 PB'],
  [Number.MAX_SAFE_INTEGER, '9.0 PB'],
])('%i bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

test('what is not known, or not all of it, is told from a figure', () => {
  expect([countText(3, true), countText(3, false), countText(null, false)]).toEqual(['3', '≥3', '-']);
  expect([amountText(0, true), amountText(1234, false), amountText(null, true)]).toEqual(['0 B', '≥1.2 kB', '-']);
});

test('stamps are shown in the zone', () => {
  expect(timeText('2026-11-20T23:30:01.123456Z', 'Europe/Berlin')).toBe('2026-11-21 00:30:01');
  expect(timeText('2026-07-20T23:30:01Z', 'Asia/Kolkata')).toBe('2026-07-21 05:00:01');
  expect(timeText(null, 'UTC')).toBe('-');
});
