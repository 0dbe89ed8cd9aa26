import { print } from './say.ts';
import { cut } from './visible.ts';

export interface Screen {
  /** Shows these lines in place of those before, as many as there is room for. */
  draw(lines: readonly string[]): void;
}

/**
 * A terminal that is drawn over again and again; null for a stream that is none. No mode of it is changed and its cursor
 * stays, so that however the program ends there is nothing to put right.
 */
export function openScreen(stream: NodeJS.WriteStream): Screen | null {
  if (stream.isTTY !== true || process.env.TERM === 'dumb') return null;
  let isFirst = true;
  return {
    draw(lines) {
      print(`${isFirst ? CLEAR : ''}${frame(lines, stream.columns, stream.rows)}`);
      isFirst = false;
    },
  };
}

const CLEAR = '\u001b[2J';
const HOME = '\u001b[H';
const REST_OF_LINE = '\u001b[K';
const REST_OF_SCREEN = '\u001b[J';

/** The last row stays free: the cursor waits there, and a terminal scrolls where a line ends in it. */
export function frame(lines: readonly string[], columns = 80, rows = 24): string {
  const room = Math.max(rows - 1, 1);
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `… ${lines.length - room + 1} more`];
  return `${HOME}${shown.map((line) => `${cut(line, columns)}${REST_OF_LINE}\n`).join('')}${REST_OF_SCREEN}`;
}
