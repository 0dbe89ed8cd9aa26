import { createHash } from 'node:crypto';
import Handlebars from 'handlebars';
import type { Chart } from './chart.ts';
import { openTable } from './fitted-table.ts';
import { visible, widthOf } from './visible.ts';

/** What is read by people who do not run commands: the same for a text and for a page of HTML. */
export interface Page {
  title: string;
  facts: readonly (readonly [name: string, value: string])[];
  sections: readonly Section[];
}

export interface Section {
  title: string;
  notes?: readonly string[];
  table?: PageTable;
  chart?: Chart;
}

export interface PageTable {
  columns: readonly { head: string; align?: 'left' | 'right' }[];
  /** As it is: whoever shows it makes it harmless. */
  rows: readonly (readonly string[])[];
}

/** Plain text, as wide as what stands in it; charts are left out. */
export function pageText({ title, facts, sections }: Page): string {
  const width = facts.reduce((most, [name]) => Math.max(most, widthOf(name)), 0);
  const lines = [
    visible(title),
    '='.repeat(widthOf(visible(title))),
    '',
    ...facts.map(([name, value]) => `${name.padEnd(width)}  ${visible(value)}`),
    ...sections.flatMap((section) => ['', ...sectionLines(section)]),
  ];
  return `${lines.join('\n')}\n`;
}

function sectionLines({ title, notes = [], table }: Section): string[] {
  return [
    visible(title),
    '-'.repeat(widthOf(visible(title))),
    ...notes.map(visible),
    ...(table ? tableLines(table) : []),
  ];
}

export function tableLines({ columns, rows }: PageTable): string[] {
  const table = openTable<readonly string[]>(
    columns.map(({ head, align }, index) => ({ head, text: (row) => row[index] ?? '', ...(align && { align }) })),
    { width: null, gather: Number.POSITIVE_INFINITY },
  );
  for (const row of rows) table.add(row);
  return table.end();
}

const STYLE = `
body { font: 14px/1.45 system-ui, sans-serif; color: #1d2733; background: #fff; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content auto; gap: 0.15rem 1.5rem; } dt { color: #5b6875; } dd { margin: 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.15rem 0.9rem 0.15rem 0; border-bottom: 1px solid #e3e8ed; vertical-align: top; overflow-wrap: anywhere; }
th { color: #5b6875; font-weight: 600; } .right { text-align: right; }
svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
.in { fill: #2a78b8; } .out { fill: #e08a2c; } .axis { stroke: #ccd4db; } text { fill: #1d2733; }
@media print { body { margin: 0; max-width: none; } }
`;

/** The one style that the page may have: whatever else gets into it does nothing. */
const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;

/**
 * One page of HTML, complete in itself.
 *
 * @param template the text of templates/ledger/page.hbs
 */
export function pageHtml(template: string, { title, facts, sections }: Page): string {
  const shown = ([name, value]: readonly [string, string]) => ({ name, value: visible(value) });
  const view = {
    ...{ style: STYLE, styleHash: STYLE_HASH, title: visible(title), facts: facts.map(shown) },
    sections: sections.map(({ title: head, notes = [], table = null, chart = null }) => ({
      ...{ title: visible(head), notes: notes.map(visible), chart: chart && chartView(chart) },
      table: table && tableView(table),
    })),
  };
  return Handlebars.compile(template, { strict: true, preventIndent: true })(view);
}

const tableView = ({ columns, rows }: PageTable) => ({
  heads: columns.map(({ head, align }) => ({ text: head, isRight: align === 'right' })),
  rows: rows.map((row) =>
    columns.map(({ align }, index) => ({ text: visible(row[index] ?? ''), isRight: align === 'right' })),
  ),
});

const chartView = (chart: Chart) => ({
  ...chart,
  bars: chart.bars.map((bar) => ({ ...bar, title: visible(bar.title) })),
  texts: chart.texts.map((each) => ({ ...each, text: visible(each.text) })),
});
