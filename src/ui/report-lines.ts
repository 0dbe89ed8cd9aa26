import type { ChalkInstance } from 'chalk';
import type { Report } from '../ledger/report.ts';
import { barText } from './chart.ts';
import { tableLines } from './page.ts';
import { reportTable } from './report-page.ts';
import { cut, widthOf } from './visible.ts';

const [GAP, LEAST, MOST] = [2, 10, 60];

/**
 * The table of a report; on a terminal with a bar for each row, as far as there is room.
 *
 * @param width columns of the terminal; null where there is none
 */
export function reportLines(report: Report, width: number | null, paint: ChalkInstance): string[] {
  const [head = '', ...lines] = tableLines(reportTable(report));
  if (width === null) return [head, ...lines];
  const widest = lines.reduce((most, line) => Math.max(most, widthOf(line)), widthOf(head));
  const room = Math.min(MOST, width - widest - GAP);
  if (room < LEAST) return [head, ...lines].map((line) => cut(line, width));
  const most = report.rows.reduce((sum, { bytesIn, bytesOut }) => Math.max(sum, bytesIn + bytesOut), 0);
  const beside = (line: string) => `${line}${' '.repeat(widest - widthOf(line) + GAP)}`;
  return [
    `${beside(head)}${paint.blue('█')} in ${paint.yellow('▒')} out`,
    ...lines.map((line, index) => {
      const row = report.rows[index];
      if (row === undefined) return line;
      const [sent, fetched] = barText([row.bytesIn, row.bytesOut], most, room);
      return `${beside(line)}${paint.blue(sent)}${paint.yellow(fetched)}`.trimEnd();
    }),
  ];
}
