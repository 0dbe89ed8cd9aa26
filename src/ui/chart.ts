import { bytesText } from './quantities.ts';
import { cut } from './visible.ts';

/** What an SVG is drawn from: shapes and texts with their places. */
export interface Chart {
  width: number;
  height: number;
  /** For those who hear it. */
  label: string;
  bars: { x: number; y: number; width: number; height: number; kind: 'in' | 'out'; title: string }[];
  lines: { x1: number; y1: number; x2: number; y2: number }[];
  texts: { x: number; y: number; anchor: 'start' | 'middle' | 'end'; text: string }[];
}

/** Bytes that customers sent and fetched, of one day, account or the like. */
export interface Bar {
  label: string;
  bytesIn: number;
  bytesOut: number;
}

const WIDTH = 960;
const LEGEND = 30;

const round = (value: number): number => Math.round(value * 100) / 100;
const mostOf = (bars: readonly Bar[]): number =>
  bars.reduce((most, { bytesIn, bytesOut }) => Math.max(most, bytesIn + bytesOut), 1);
const titleOf = ({ label, bytesIn, bytesOut }: Bar): string =>
  `${label}: ${bytesText(bytesIn)} in, ${bytesText(bytesOut)} out`;

const legend = (): Pick<Chart, 'bars' | 'texts'> => ({
  bars: [
    { x: 80, y: 6, width: 12, height: 12, kind: 'in', title: 'in' },
    { x: 150, y: 6, width: 12, height: 12, kind: 'out', title: 'out' },
  ],
  texts: [
    { x: 97, y: 16, anchor: 'start', text: 'in' },
    { x: 167, y: 16, anchor: 'start', text: 'out' },
  ],
});

/** Bars beside each other, in the order of time; what was fetched stands on what was sent. */
export function columnChart(label: string, bars: readonly Bar[]): Chart {
  const [left, height] = [80, 240];
  const bottom = LEGEND + height;
  const most = mostOf(bars);
  const step = (WIDTH - left) / Math.max(1, bars.length);
  const shown = Math.ceil(bars.length / 12);
  const { bars: keys, texts } = legend();
  return {
    ...{ width: WIDTH, height: bottom + 24, label },
    lines: [0, 0.5, 1].map((share) => {
      const y = round(bottom - share * height);
      return { x1: left, y1: y, x2: WIDTH, y2: y };
    }),
    bars: [
      ...keys,
      ...bars.flatMap((bar, index) => {
        const [x, width] = [round(left + index * step + step * 0.1), round(step * 0.8)];
        const [sent, fetched] = [(bar.bytesIn / most) * height, (bar.bytesOut / most) * height];
        const place = (kind: 'in' | 'out', from: number, size: number) => ({
          ...{ x, y: round(bottom - from - size), width, height: round(size), kind, title: titleOf(bar) },
        });
        return [place('in', 0, sent), place('out', sent, fetched)];
      }),
    ],
    texts: [
      ...texts,
      ...[0, 0.5, 1].map((share) => ({
        ...{
          x: left - 8,
          y: round(bottom - share * height + 4),
          anchor: 'end' as const,
          text: bytesText(share * most),
        },
      })),
      ...bars.flatMap((bar, index) =>
        index % shown === 0
          ? [{ x: round(left + (index + 0.5) * step), y: bottom + 18, anchor: 'middle' as const, text: bar.label }]
          : [],
      ),
    ],
  };
}

/** Bars below each other, for what has no order of its own. */
export function rowChart(label: string, bars: readonly Bar[]): Chart {
  const [left, line, room] = [240, 22, WIDTH - 240 - 80];
  const most = mostOf(bars);
  const { bars: keys, texts } = legend();
  return {
    ...{ width: WIDTH, height: LEGEND + bars.length * line + 6, label },
    lines: [{ x1: left, y1: LEGEND - 4, x2: left, y2: LEGEND + bars.length * line }],
    bars: [
      ...keys,
      ...bars.flatMap((bar, index) => {
        const [sent, fetched] = [(bar.bytesIn / most) * room, (bar.bytesOut / most) * room];
        const place = (kind: 'in' | 'out', from: number, size: number) => ({
          ...{ x: round(left + from), y: LEGEND + index * line, width: round(size), height: line - 6, kind },
          title: titleOf(bar),
        });
        return [place('in', 0, sent), place('out', sent, fetched)];
      }),
    ],
    texts: [
      ...texts,
      ...bars.flatMap((bar, index) => {
        const y = LEGEND + index * line + 12;
        const end = left + ((bar.bytesIn + bar.bytesOut) / most) * room;
        return [
          { x: left - 8, y, anchor: 'end' as const, text: cut(bar.label, 32) },
          { x: round(end + 8), y, anchor: 'start' as const, text: bytesText(bar.bytesIn + bar.bytesOut) },
        ];
      }),
    ],
  };
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of a terminal in two parts, so many columns of a width; what is more than nothing is seen. */
export function barText(parts: readonly [number, number], most: number, width: number): readonly [string, string] {
  const [first, second] = parts.map((part) => (most === 0 ? 0 : (part / most) * width)) as [number, number];
  const full = Math.floor(first);
  const rest = EIGHTHS[Math.floor((first - full) * 8)] ?? '';
  const ends = Math.round(first + second);
  const sent =
    second === 0
      ? '█'.repeat(full) + (rest === '' && full === 0 && first > 0 ? '▏' : rest)
      : '█'.repeat(Math.round(first));
  const fetched = '▒'.repeat(Math.max(second > 0 ? 1 : 0, ends - Math.round(first)));
  return [sent, fetched];
}
