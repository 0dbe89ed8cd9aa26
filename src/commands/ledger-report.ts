import type { Context } from '../context.ts';
import { wrongUsage } from '../errors.ts';
import { readTemplate } from '../host/templates.ts';
import { spanOf } from '../ledger/calendar.ts';
import { withLedger } from '../ledger/open.ts';
import { makeReport, REPORT_KEYS, type Report, type ReportKey, type ReportOptions } from '../ledger/report.ts';
import type { Month } from '../spec.ts';
import { jsonLine } from '../ui/json-line.ts';
import { pageHtml } from '../ui/page.ts';
import { paintFor } from '../ui/paint.ts';
import { parsePeriod } from '../ui/period.ts';
import { reportLines } from '../ui/report-lines.ts';
import { reportCsv, reportJson, reportPage } from '../ui/report-page.ts';
import { zoneOf } from '../zone.ts';
import { chosenFormat } from './format.ts';

export const FORMATS = ['table', 'csv', 'json', 'html'] as const;

interface Options {
  by?: string;
  user?: string;
  month?: Month;
  since?: string;
  until?: string;
  top?: number;
  format?: string;
}

/** Who moved how much, put together as it is asked for. */
export async function ledgerReport(context: Context, options: Options): Promise<void> {
  const format = chosenFormat(context, options.format, FORMATS);
  const wanted = optionsOf(context, options);
  const report = await withLedger(context.config, { readOnly: true }, (ledger) => makeReport(ledger, wanted));
  for (const line of linesOf(context, report, format)) context.say.result(line);
}

function optionsOf(context: Context, { by = 'user', user, month, since, until, top }: Options): ReportOptions {
  const zone = zoneOf(context.config.billing.timezone);
  if (month !== undefined && (since !== undefined || until !== undefined))
    throw wrongUsage('--month is a period already', 'leave --since and --until out');
  const period = parsePeriod(since, until, { zone, now: context.now() });
  const span = month === undefined ? null : spanOf(month, zone);
  const micros = (edge: number | null) => (edge === null ? null : edge * 1000);
  return {
    ...{ by: keysOf(by), zone, user: user ?? null, top: top ?? null },
    ...{ since: span?.from ?? micros(period.since), until: span?.until ?? micros(period.until) },
  };
}

function keysOf(by: string): ReportKey[] {
  const keys = by.split(',').map((word) => word.trim());
  for (const key of keys)
    if (!(REPORT_KEYS as readonly string[]).includes(key))
      throw wrongUsage(`--by: ${JSON.stringify(key)} is nothing to go by`, `use some of ${REPORT_KEYS.join(', ')}`);
  return [...new Set(keys)] as ReportKey[];
}

function linesOf({ options: { color } }: Context, report: Report, format: string): string[] {
  if (format === 'json') return [jsonLine(reportJson(report))];
  if (format === 'csv') return reportCsv(report);
  if (format === 'html') return [pageHtml(readTemplate('ledger/page.hbs'), reportPage(report)).trimEnd()];
  const width = process.stdout.isTTY ? process.stdout.columns || 80 : null;
  return reportLines(report, width, paintFor(process.stdout, color));
}
