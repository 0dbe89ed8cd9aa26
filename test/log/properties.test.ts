import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLog } from '../../src/log/read.ts';
import { type Crowd, sessions, settings } from './model/arbitrary.ts';
import { damagedLog } from './model/damage.ts';
import { judge } from './model/judge.ts';
import { writeLog } from './model/log.ts';
import type { Ending } from './model/truth.ts';
import { runs } from './runs.ts';

const LONG = 300_000;
const CLOCK = { year: 2026, timezone: 'UTC' };
const ENDINGS: readonly Ending[] = ['quit', 'drop', 'timeout', 'killed', 'fatal', 'terminated'];

/** Writes the sessions as OpenSSH and a logger would, reads them back, and asks the judge. */
function holds(crowd: Crowd, how: ReturnType<typeof settings>, numRuns: number) {
  fc.assert(
    fc.property(sessions(crowd), how, (truths, written) => {
      const log = writeLog(truths, written);
      const { sessions: read } = readLog(log.bytes, CLOCK);
      const complaints = judge(truths, log, written.format, read);
      if (complaints.length === 0) return;
      expect.fail(`${complaints.join('\n')}\n\n${log.bytes.toString('latin1')}\n${JSON.stringify(read, null, 1)}`);
    }),
    runs(numRuns),
  );
}

const loss = fc.record({
  cut: fc.record({ head: fc.nat(20), tail: fc.nat(20) }),
  torn: fc.oneof(fc.constant(0), fc.nat(40)),
});

describe('what happened is found in the log, or marked', () => {
  test('of one session', { timeout: LONG }, () => holds({ most: 1, requests: 30, copies: false }, settings(), 1500));

  test('however sessions end', { timeout: LONG }, () =>
    holds({ most: 1, requests: 8, copies: false, endings: ENDINGS }, settings(), 800),
  );

  test('of sessions at the same time, whose pids come back', { timeout: LONG }, () =>
    holds({ most: 6, requests: 8, copies: false, endings: ENDINGS }, settings(), 800),
  );

  test('with copies on the server, which never crossed the wire', { timeout: LONG }, () =>
    holds({ most: 1, requests: 20, copies: true }, settings(), 1500),
  );

  test('in a log without its beginning or its end, torn in its last line', { timeout: LONG }, () =>
    holds({ most: 3, requests: 10, copies: true, endings: ENDINGS }, settings(loss), 1500),
  );
});

describe('whatever is asked of the reader', () => {
  const written = fc.tuple(sessions({ most: 5, requests: 8, copies: true, endings: ENDINGS }), settings());

  test('a limit on detail changes no total', { timeout: LONG }, () => {
    fc.assert(
      fc.property(written, fc.nat(5), ([truths, how], detail) => {
        const { bytes } = writeLog(truths, how);
        const all = readLog(bytes, CLOCK).sessions;
        const short = readLog(bytes, { ...CLOCK, detail }).sessions;
        expect(short.map(({ id, totals }) => ({ id, totals }))).toEqual(all.map(({ id, totals }) => ({ id, totals })));
        short.forEach(({ transfers, changes, omitted = 0 }, at) => {
          const listed = transfers.length + changes.length;
          expect(listed).toBeLessThanOrEqual(detail);
          expect(listed + omitted).toBe((all[at]?.transfers.length ?? 0) + (all[at]?.changes.length ?? 0));
        });
      }),
      runs(300),
    );
  });

  test('the lines of one session give the id that they give among others', { timeout: LONG }, () => {
    fc.assert(
      fc.property(written, ([truths, how]) => {
        const ids = readLog(writeLog(truths, how).bytes, CLOCK).sessions.map(({ id }) => id);
        const alone = truths.flatMap((truth) => readLog(writeLog([truth], how).bytes, CLOCK).sessions);
        expect(alone.map(({ id }) => id).sort()).toEqual(ids.sort());
      }),
      runs(300),
    );
  });
});

describe('any bytes at all', () => {
  test('are read to their end', { timeout: LONG }, () => {
    fc.assert(
      fc.property(damagedLog(), (bytes) => {
        const { sessions: read, lines } = readLog(bytes, CLOCK);
        expect(Object.values(lines).every((count) => count >= 0)).toBe(true);
        expect(JSON.parse(JSON.stringify(read))).toEqual(read);
      }),
      runs(2000),
    );
  });

  test.each([
    ['one line without an end', () => Buffer.alloc(30_000_000, 'x')],
    ['nothing but NULs', () => Buffer.alloc(10_000_000)],
    ['nothing but ends of lines', () => Buffer.alloc(10_000_000, '\n')],
    ['a line of quotes', () => giant('"')],
    ['a line of separators', () => giant('" new "')],
    ['a line of trailers', () => giant('" bytes read 0 written 5')],
    ['a line of backslashes', () => giant('\\')],
    ['a line of brackets', () => giant('message repeated 9 times: [ ')],
    ['a summary of more lines than there can be', () => repeated('99999999999999999999')],
    ['a summary of many opens', () => repeated('2000000000')],
    ['JSON that goes deep', () => Buffer.from(`{"MESSAGE":${'['.repeat(1_000_000)}`)],
  ])('%s', { timeout: LONG }, (_, bytes) => {
    expect(() => readLog(bytes(), CLOCK)).not.toThrow();
  });
});

const HEAD = '2026-11-20T17:16:16.627150+00:00 sftp1 internal-sftp[365]: ';
const giant = (unit: string) => Buffer.from(`${HEAD}rename old "${unit.repeat(5_000_000 / unit.length)}"\n`);
const repeated = (count: string) =>
  Buffer.from(`${HEAD}message repeated ${count} times: [ open "/data/x" flags READ mode 0666]\n`);
