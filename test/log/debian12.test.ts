import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLog } from '../../src/log/read.ts';
import type { Session, SessionChange } from '../../src/log/session.ts';

const FOLDER = join(import.meta.dirname, '../samples/debian12');

/** Annotations begin with a hash, as no line of a log does. */
function read(name: string) {
  const log = readFileSync(join(FOLDER, `${name}.log`), 'latin1').replace(/^#.*\n/gm, '');
  return readLog(Buffer.from(log, 'latin1'), { year: 2026, timezone: 'UTC' });
}

/** What remains of a reading when stamps are as coarse as the traditional ones. */
const toTheSecond = (reading: object): unknown =>
  JSON.parse(JSON.stringify(reading).replace(/(:\d\d)\.\d+Z"/g, '$1Z"'), (key, value) => (key === 'id' ? '' : value));

describe('one run, whatever the format', () => {
  test.each(['abnormal', 'ops-info'])('%s: RFC 3339 and RFC 5424 are equal', (run) => {
    expect(read(`${run}.rfc5424`)).toEqual(read(`${run}.rfc3339`));
  });

  test.each(['abnormal', 'ops-verbose'])('%s: traditional stamps lack digits and nothing else', (run) => {
    const [precise, coarse] = [read(`${run}.rfc3339`), read(`${run}.traditional`)];
    expect(toTheSecond(coarse)).toEqual(toTheSecond(precise));
    expect(JSON.stringify(coarse)).not.toMatch(/:\d\d\.\d+Z/);
    expect(coarse.sessions.map(({ id }) => id)).not.toContain(precise.sessions[0]?.id);
  });
});

describe('the same requests, whatever internal-sftp logs', () => {
  const [info, verbose, debug] = ['ops-info', 'ops-verbose', 'ops-debug3'].map(
    (run) => read(`${run}.rfc3339`).sessions,
  );
  const levels = { info, verbose, debug } as Record<'info' | 'verbose' | 'debug', Session[]>;

  /** A request that sets attributes is several at DEBUG3, and reads like one above it. */
  const withoutSets = ({ changes }: Session): SessionChange[] => changes.filter(({ action }) => action !== 'set');
  const first = (level: keyof typeof levels): Session => levels[level][0] as Session;

  test('the six sessions end alike', () => {
    const ends = ['aborted', 'killed', 'closed', 'killed', 'closed', 'closed'];
    for (const sessions of Object.values(levels)) expect(sessions.map(({ end }) => end)).toEqual(ends);
  });

  test.each(['info', 'verbose'] as const)('%s moves the same bytes under the same names as DEBUG3', (level) => {
    const moved = ({ transfers }: Session) =>
      transfers
        .filter(({ pathCut }) => !pathCut)
        .map(({ direction, path, pathRaw, bytesRead, bytesWritten, status }) => ({
          ...{ direction, path, pathRaw, bytesRead, bytesWritten, status },
        }));
    expect(moved(first(level))).toEqual(moved(first('debug')));
    expect(first(level).transfers.map(({ path }) => path)).toEqual(first('debug').transfers.map(({ path }) => path));
  });

  test('only DEBUG1 and above know the copy that was followed by a refused one', () => {
    const copies = ({ transfers }: Session) =>
      transfers.filter(({ copy }) => copy).map(({ path, copy }) => [path, copy]);
    expect(copies(first('info'))).toEqual([]);
    expect(copies(first('verbose'))).toEqual([]);
    expect(copies(first('debug'))).toEqual([
      ['/data/c.txt', 'certain'],
      ['/data/copy', 'certain'],
    ]);
    const wire = ({ totals }: Session) => (totals.bytesIn ?? 0) + totals.bytesCopied;
    expect(wire(first('info'))).toBe(wire(first('debug')));
  });

  test.each([
    ['info', 'verbose'],
    ['verbose', 'debug'],
  ] as const)('%s says of changes what %s says, or unknown', (low, high) => {
    const [less, more] = [withoutSets(first(low)), withoutSets(first(high))];
    expect(less.map(({ action, path, target, readings }) => ({ action, path, target, readings }))).toEqual(
      more.map(({ action, path, target, readings }) => ({ action, path, target, readings })),
    );
    for (const [place, { status, error }] of less.entries()) {
      expect(['unknown', more[place]?.status]).toContain(status);
      expect(error).toBe(more[place]?.error);
    }
  });

  test('the fewer lines, the more is unknown', () => {
    const unknown = (level: keyof typeof levels) =>
      withoutSets(first(level)).filter(({ status }) => status === 'unknown').length;
    expect([unknown('info'), unknown('verbose'), unknown('debug')]).toEqual([6, 2, 0]);
  });
});
