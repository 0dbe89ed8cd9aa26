import { createHash } from 'node:crypto';
import Handlebars from 'handlebars';
import type { Chart } from './chart.ts';
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
  /** As it is: whoever shows it makes it harmless. It can be gone through more than once, and be made as that happens. */
  rows: Iterable<readonly string[]>;
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

/** Goes through the rows twice, so that no more of a long table is in memory than its lines. */
export function tableLines({ columns, rows }: PageTable): string[] {
  const cellsOf = (row: readonly string[]) => columns.map((_, index) => visible(row[index] ?? ''));
  const heads = columns.map(({ head }) => head);
  const widths = heads.map(widthOf);
  for (const row of rows)
    for (const [index, cell] of cellsOf(row).entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => {
        const padding = ' '.repeat((widths[index] ?? 0) - widthOf(cell));
        return columns[index]?.align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  const lines = [line(heads)];
  for (const row of rows) lines.push(line(cellsOf(row)));
  return lines;
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

/** A row is put together here: as values for the template, a long table would take many times its size. */
const tableView = ({ columns, rows }: PageTable) => {
  const open = columns.map(({ align }) => (align === 'right' ? '<td class="right">' : '<td>'));
  const cell = (text: string, index: number) => `${open[index]}${Handlebars.escapeExpression(visible(text))}</td>`;
  const shown: Handlebars.SafeString[] = [];
  for (const row of rows)
    shown.push(new Handlebars.SafeString(columns.map((_, at) => cell(row[at] ?? '', at)).join('')));
  return { heads: columns.map(({ head, align }) => ({ text: head, isRight: align === 'right' })), rows: shown };
};

const chartView = (chart: Chart) => ({
  ...chart,
  bars: chart.bars.map((bar) => ({ ...bar, title: visible(bar.title) })),
  texts: chart.texts.map((each) => ({ ...each, text: visible(each.text) })),
});
