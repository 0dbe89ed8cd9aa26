import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import type { Report, ReportKey } from '../../src/ledger/report.ts';
import { barText, columnChart, rowChart } from '../../src/ui/chart.ts';
import { reportLines } from '../../src/ui/report-lines.ts';
import { reportCsv, reportJson } from '../../src/ui/report-page.ts';
import { widthOf } from '../../src/ui/visible.ts';

const sums = (bytesIn: number, bytesOut: number) => ({
  ...{ transfers: 3, uploads: 2, downloads: 1, bytesIn, bytesOut, bytesCopied: 0, inexact: 0 },
});

const report = (by: ReportKey[], rows: (readonly [string | null, number, number])[]): Report => ({
  ...{ by, zone: 'UTC', period: { since: null, until: null }, user: null },
  rows: rows.map(([key, bytesIn, bytesOut]) => ({ keys: [key], ...sums(bytesIn, bytesOut) })),
  ...{ more: { rows: 0, sums: sums(0, 0) }, total: sums(7e9, 1e9) },
});

const plain = new Chalk({ level: 0 });
const days = report(
  ['day'],
  [
    ['2026-10-01', 4e9, 0],
    ['2026-10-02', 2e9, 1e9],
    ['2026-10-03', 1000, 0],
    ['2026-10-04', 0, 0],
  ],
);

describe('a report on a terminal', () => {
  it('has a bar for each day, in the room that there is', () => {
    expect(reportLines(days, 76, plain)).toEqual([
      'DAY         TRANSFERS  UP  DOWN      IN     OUT  █ in ▒ out',
      '2026-10-01          3   2     1  4.0 GB     0 B  ███████████████████████████',
      '2026-10-02          3   2     1  2.0 GB  1.0 GB  ██████████████▒▒▒▒▒▒',
      '2026-10-03          3   2     1  1.0 kB     0 B  ▏',
      '2026-10-04          3   2     1     0 B     0 B',
      'total               3   2     1  7.0 GB  1.0 GB',
    ]);
  });

  it('never is wider than the terminal, and on none has no bars and no colours', () => {
    for (let width = 10; width < 140; width++)
      for (const line of reportLines(days, width, plain)) expect(widthOf(line)).toBeLessThanOrEqual(width);
    expect(reportLines(days, null, plain).join('\n')).not.toMatch(/[█▒]/);
    expect(reportLines(days, 76, new Chalk({ level: 1 })).join('\n')).toContain('\u001b[');
  });

  it('shows a name that plays with terminals as it is', () => {
    const [, line = ''] = reportLines(report(['type'], [['\u001b[2J\u202e', 1, 1]]), 100, plain);
    expect(line).toMatch(/^\\x1b\[2J\\u202e /);
  });

  it('shows what is more than nothing', () => {
    expect(barText([1, 0], 1e12, 40)).toEqual(['▏', '']);
    expect(barText([0, 1], 1e12, 40)).toEqual(['', '▒']);
    expect(barText([0, 0], 0, 40)).toEqual(['', '']);
    expect(barText([5, 5], 10, 40).join('')).toHaveLength(40);
  });
});

describe('a report for programs', () => {
  it('is CSV in which no key is a formula', () => {
    expect(
      reportCsv(
        report(
          ['user'],
          [
            ['=cmd|x', 1, 2],
            [null, 3, 4],
          ],
        ),
      ),
    ).toEqual([
      'user,transfers,uploads,downloads,bytes_in,bytes_out,bytes_copied,inexact\r',
      "'=cmd|x,3,2,1,1,2,0,0\r",
      ',3,2,1,3,4,0,0\r',
    ]);
  });

  it('is JSON with a version', () => {
    const told = reportJson({ ...days, period: { since: 1_760_000_000_000_000, until: null } });
    expect(told).toMatchObject({ v: 1, by: ['day'], since: '2025-10-09T08:53:20Z', until: null });
    expect(told.rows[1]).toEqual({ day: '2026-10-02', ...sums(2e9, 1e9) });
  });
});

describe('a chart', () => {
  const bars = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ label: `day ${index}`, bytesIn: index * 1e6, bytesOut: 5e6 }));

  it.each([1, 2, 31, 400])('of %i bars stays within its edges', (count) => {
    for (const make of [columnChart, rowChart]) {
      const chart = make('Bytes', bars(count));
      expect(chart.bars).toHaveLength(2 + 2 * count);
      for (const { x, y, width, height } of chart.bars) {
        expect(Math.min(x, y, width, height)).toBeGreaterThanOrEqual(0);
        expect(x + width).toBeLessThanOrEqual(chart.width);
        expect(y + height).toBeLessThanOrEqual(chart.height);
      }
    }
  });

  it('of nothing is one', () => {
    for (const make of [columnChart, rowChart]) expect(make('Bytes', []).bars).toHaveLength(2);
    expect(columnChart('Bytes', [{ label: 'x', bytesIn: 0, bytesOut: 0 }]).bars.at(-1)?.height).toBe(0);
  });
});
