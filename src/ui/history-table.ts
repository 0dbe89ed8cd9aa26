import type { Fate } from '../log/fate.ts';
import type { FileHistory, History } from '../log/history.ts';
import type { HistoryEvent } from '../log/history-event.ts';
import { jsonLine } from './json-line.ts';
import { table } from './table.ts';
import { cut, visible } from './visible.ts';

/**
 * What became of a file, for people: its fate in one line, then every event, newest last. A name that stood for several
 * files begins with the fate of the newest, and each file has its own lines.
 *
 * @param columns of the terminal; lines that are longer are wrapped so that no name is lost
 */
export function describeHistory({ files }: Pick<History, 'files'>, columns = Number.POSITIVE_INFINITY): string[] {
  const newest = newestOf(files);
  if (newest === undefined) return [];
  const hosts = new Set(files.map(({ host }) => host));
  const sections = files.flatMap((file, index) => {
    const on = hosts.size > 1 ? ` on ${visible(file.host)}` : '';
    const head = files.length > 1 ? [`File ${index + 1} of ${files.length}${on}: ${describeFate(file.fate)}`] : [];
    return ['', ...head.flatMap((line) => wrap(line, columns)), ...eventLines(file.events, columns)];
  });
  return [...wrap(describeFate(newest.fate), columns), ...sections];
}

/** One object a line: the fate of every file, oldest first, then the events of all, newest last. */
export function historyJson({ files }: Pick<History, 'files'>): string[] {
  const fates = files.map(({ host, fate }, index) => ({ v: 1, record: 'fate', file: index + 1, host, ...fate }));
  const events = files.flatMap(({ events }, index) =>
    events.map((event) => ({ v: 1, record: 'event', file: index + 1, ...event })),
  );
  const byTime = events.every(({ at }) => at !== null)
    ? events.sort((one, other) => Date.parse(one.at ?? '') - Date.parse(other.at ?? ''))
    : events;
  return [...fates, ...byTime].map(jsonLine);
}

/** The last one that existed, else the last that was tried. */
const newestOf = (files: readonly FileHistory[]): FileHistory | undefined =>
  files.findLast(({ fate }) => fate.state !== 'unproven') ?? files.at(-1);

/** For instance `removed by boss (192.0.2.7) at 2026-11-21 10:03:11Z`. */
export function describeFate({ state, names, by, possible }: Fate): string {
  const known = names.map(visible).join(' and ');
  const doing = by ? `${PAST[by.action]} by ${describeDoer(by)} at ${describeTime(by.at)}` : '';
  const maybe = possible ? 'possibly ' : '';
  if (state === 'exists') return `exists as ${known}, as far as the log tells; last ${doing}`;
  if (state === 'removed') return `${maybe}${doing}`;
  if (state === 'replaced')
    return `${maybe}replaced by ${describeDoer(by)} at ${describeTime(by?.at ?? null)}: ${pair(by)}`;
  if (state === 'gone') return `gone, and no line says when or why; last ${doing}`;
  if (state === 'uncertain') return `can be ${names.map(visible).join(' or ')}, or gone; last ${maybe}${doing}`;
  return `nothing shows that it existed${by ? `; possibly ${doing}` : ''}`;
}

const PAST: Readonly<Record<HistoryEvent['action'], string>> = {
  upload: 'uploaded',
  download: 'downloaded',
  both: 'read and written',
  open: 'opened',
  copy: 'copied',
  remove: 'removed',
  rename: 'renamed',
  mkdir: 'made',
  rmdir: 'removed',
  symlink: 'made',
  hardlink: 'linked',
  set: 'changed',
  refused: 'refused',
};

const describeDoer = (by: HistoryEvent | null): string =>
  `${by?.user ? visible(by.user) : 'an unknown user'} (${by?.ip ? visible(by.ip) : 'address unknown'})`;

/** `2026-11-21 10:03:11Z`: fractions matter to programs only. */
const describeTime = (at: string | null): string =>
  at === null ? 'an unknown time' : visible(at.replace('T', ' ').replace(/\.\d+(?=Z$)/, ''));

const pair = (by: HistoryEvent | null): string =>
  [by?.path, by?.target].flatMap((path) => (path === undefined ? [] : [visible(path)])).join(' -> ');

function eventLines(events: readonly HistoryEvent[], columns: number): string[] {
  const rows = events.map((event) => [
    event.at === null ? '-' : describeTime(event.at),
    `${event.action}${event.possible ? '?' : ''}`,
    event.status,
    visible(event.user ?? '-'),
    visible(event.ip === null ? '-' : event.port === null ? event.ip : portOf(event.ip, event.port)),
    event.bytes === undefined ? '' : String(event.bytes ?? '?'),
  ]);
  const [head = '', ...lines] = table(['TIME (UTC)', 'WHAT', 'STATUS', 'USER', 'FROM', 'BYTES'], rows);
  return [
    cut(head, columns),
    ...lines.flatMap((line, index) => {
      const event = events[index] as HistoryEvent;
      return [cut(line, columns), ...details(event).flatMap((detail) => wrap(`  ${detail}`, columns, '    '))];
    }),
  ];
}

const portOf = (ip: string, port: number): string => (ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);

function details(event: HistoryEvent): string[] {
  const { at, closed, error, note, possible } = event;
  const until = closed && describeTime(closed) !== describeTime(at) ? `until ${describeTime(closed)}` : null;
  const said = [until, error && visible(error), possible ? 'possible only' : null, note && visible(note)];
  const rest = said.filter(Boolean).join('; ');
  return [pair(event), ...(rest === '' ? [] : [rest])];
}

/** Cuts a line into as many as it needs; with less than 20 columns it is left alone. */
function wrap(line: string, columns: number, indent = '  '): string[] {
  const lines: string[] = [];
  let rest = line;
  while (columns >= 20) {
    const fitting = cut(rest, columns);
    if (fitting === rest) break;
    const whole = fitting.slice(0, -1);
    const space = whole.trimStart().lastIndexOf(' ') + whole.length - whole.trimStart().length;
    const end = space > columns / 2 ? space : whole.length;
    lines.push(rest.slice(0, end));
    rest = `${indent}${rest.slice(end).trimStart()}`;
  }
  return [...lines, rest];
}
