import { cut, visible, widthOf } from './visible.ts';

export interface Column<Row> {
  head: string;
  /** What stands in it, as it is: the table makes it harmless. */
  text(row: Row): string;
  align?: 'left' | 'right';
  /** How narrow it may get where the terminal is; without it, it is never cut. */
  shrinksTo?: number;
}

export interface TableOptions {
  /** Columns of the terminal; null where nothing limits a line. */
  width: number | null;
  /**
   * How many rows are looked at before the first line comes, so that columns are as wide as what stands in them. Rows
   * after that which are wider are cut on a terminal.
   */
  gather?: number;
}

/** A table whose rows come one after the other. */
export interface Table<Row> {
  /** @returns the lines that can be printed now */
  add(row: Row): string[];
  /** @returns what was still held back; the head, where no row came */
  end(): string[];
}

const GAP = 2;

export function openTable<Row>(columns: readonly Column<Row>[], { width, gather = 1000 }: TableOptions): Table<Row> {
  const waiting: string[][] = [];
  let widths: number[] | null = null;

  const line = (cells: readonly string[], fitted: readonly number[]): string => {
    const padded = columns.map(({ align }, index) => {
      const room = fitted[index] ?? 0;
      const text = width === null ? (cells[index] ?? '') : cut(cells[index] ?? '', room);
      const padding = ' '.repeat(Math.max(0, room - widthOf(text)));
      return align === 'right' ? padding + text : text + padding;
    });
    const whole = padded.join(' '.repeat(GAP)).trimEnd();
    return width === null ? whole : cut(whole, width);
  };

  const release = (): string[] => {
    const head = columns.map((column) => column.head);
    widths = fitted(columns, [head, ...waiting], width);
    const lines = [head, ...waiting].map((cells) => line(cells, widths ?? []));
    waiting.length = 0;
    return lines;
  };

  return {
    add(row) {
      const cells = columns.map(({ text }) => visible(text(row)));
      if (widths !== null) return [line(cells, widths)];
      waiting.push(cells);
      return waiting.length < gather ? [] : release();
    },
    end: () => (widths === null ? release() : []),
  };
}

/** As wide as the widest cell; where that is too much, what may shrink does, the widest first. */
function fitted<Row>(columns: readonly Column<Row>[], rows: readonly string[][], width: number | null): number[] {
  const widths = columns.map((_, index) =>
    rows.reduce((most, cells) => Math.max(most, widthOf(cells[index] ?? '')), 0),
  );
  if (width === null) return widths;
  const total = () => widths.reduce((sum, one) => sum + one, GAP * (columns.length - 1));
  while (total() > width) {
    const room = widths.map((one, index) => one - (columns[index]?.shrinksTo ?? one));
    const widest = widths.reduce(
      (best, one, index) => ((room[index] ?? 0) > 0 && (best === -1 || one > (widths[best] ?? 0)) ? index : best),
      -1,
    );
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}
