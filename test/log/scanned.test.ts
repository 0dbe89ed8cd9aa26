import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fold, type LineCounts } from '../../src/log/fold.ts';
import { DEFAULT_DETAIL } from '../../src/log/read.ts';
import { Scanned } from '../../src/log/scanned.ts';
import { SLOTS } from '../../src/log/scanner/layout.ts';
import { Scanner } from '../../src/log/scanner.ts';
import type { LoginRecord, Session } from '../../src/log/session.ts';
import { type Piece, readSources } from '../../src/log/sources.ts';
import { sessions, settings } from './model/arbitrary.ts';
import { damagedLog } from './model/damage.ts';
import { writeLog } from './model/log.ts';
import { looseLines } from './model/loose-lines.ts';
import type { Ending } from './model/truth.ts';
import { asRsyslogWrites } from './model/two-logs.ts';
import { runs } from './runs.ts';

const CLOCK = { year: 2026, timezone: 'UTC' };
const ENDINGS: readonly Ending[] = ['quit', 'drop', 'timeout', 'killed', 'fatal', 'terminated'];

/**
 * What a scanner makes of a log that it gets in portions.
 *
 * @param portions how many bytes it gets each time, over and over; of none all that there is room for
 */
async function* scannedPieces(bytes: Buffer, portions: readonly number[]): AsyncGenerator<Piece> {
  const scanner = new Scanner();
  let position = 0;
  let turn = 0;
  const read = (into: Uint8Array): number => {
    const portion = portions[turn++ % portions.length] ?? into.length;
    const next = bytes.subarray(position, position + Math.min(portion, into.length));
    into.set(next);
    position += next.length;
    return next.length;
  };
  for (let slot = 0; ; slot = (slot + 1) % SLOTS) {
    if (scanner.fill(slot, read) === 0) return;
    const scanned = new Scanned(scanner.memory, slot);
    yield { bytes: scanned.bytes, scanned: scanned.hasLines ? scanned : null };
  }
}

interface Read {
  sessions: Session[];
  logins: LoginRecord[];
  lines: LineCounts;
}

/** @param portions null for reading line by line */
async function readAll(logs: readonly Buffer[], portions: readonly number[] | null): Promise<Read> {
  const found: Read = { sessions: [], logins: [], lines: {} as LineCounts };
  const fold = new Fold(DEFAULT_DETAIL, {
    onSession: (session) => void found.sessions.push(session),
    onLogin: (login) => void found.logins.push(login),
  });
  const sources = logs.map((bytes) => {
    const chunks = async function* () {
      yield bytes;
    };
    return [{ chunks, ...(portions && { pieces: () => scannedPieces(bytes, portions) }), year: CLOCK.year }];
  });
  await readSources(sources, CLOCK.timezone, fold);
  fold.end();
  return { ...found, lines: fold.lines };
}

const portionings = fc.array(fc.integer({ min: 1, max: 4000 }), { maxLength: 10 });

async function expectSame(bytes: Buffer, portions: readonly number[]): Promise<void> {
  expect(await readAll([bytes], portions)).toEqual(await readAll([bytes], null));
}

describe('a scanner says what the lines say', () => {
  test('of sessions as they are', async () => {
    const written = fc.tuple(sessions({ most: 5, requests: 8, copies: true, endings: ENDINGS }), settings());
    await fc.assert(
      fc.asyncProperty(written, portionings, ([truths, how], portions) =>
        expectSame(writeLog(truths, how).bytes, portions),
      ),
      runs(200),
    );
  });

  test('of lines that make no sense together', async () => {
    const property = fc.asyncProperty(looseLines(), portionings, (text, portions) =>
      expectSame(Buffer.from(text), portions),
    );
    await fc.assert(property, runs(1500));
  });

  test('of the two logs of a host', async () => {
    const written = fc.tuple(sessions({ most: 4, requests: 8, copies: true, endings: ENDINGS }), settings());
    const property = fc.asyncProperty(written, portionings, async ([truths, how], portions) => {
      const { host, jail } = asRsyslogWrites(truths, { ...how, format: 'rfc3339' });
      const logs = [host, jail];
      expect(await readAll(logs, portions)).toEqual(await readAll(logs, null));
    });
    await fc.assert(property, runs(300));
  });

  test('of damaged logs', async () => {
    await fc.assert(fc.asyncProperty(damagedLog(), portionings, expectSame), runs(500));
  });

  const line = (head: string, message = 'open "/data/x" flags READ mode 0666') => `${head}${message}\n`;
  const HEAD = '2026-11-20T17:16:16.627150+00:00 sftp1 internal-sftp[365]: ';

  test.each([
    ['a pid of ten digits', line(HEAD.replace('365', '9999999999'))],
    ['a stamp before 1970', line(HEAD.replace('2026', '1926'))],
    ['a stamp after 2106', line(HEAD.replace('2026', '2126'))],
    ['milliseconds', line(HEAD.replace('627150', '627'))],
    ['nanoseconds', line(HEAD.replace('627150', '627150999'))],
    ['no fraction', line(HEAD.replace('.627150', ''))],
    ['a letter in the fraction', line(HEAD) + line(HEAD.replace('627150', '62715x'))],
    ['an offset', line(HEAD) + line(HEAD.replace('+00:00', '-02:30'))],
    ['a line of 499 bytes', line(HEAD, `stat name "/data/${'x'.repeat(482)}"`)],
    ['a line that was cut', line(HEAD, `open "/data/${'x'.repeat(488)}`)],
    ['CRLF and empty lines', `\r\n${line(HEAD).replace('\n', '\r\n')}\n\r\n${line(HEAD)}`],
    [
      'a stamp without a year behind one with a year',
      `${line(HEAD)}${line('Nov 20 17:16:16 sftp1 internal-sftp[365]: ')}`,
    ],
    [
      'more hosts than are numbered',
      Array.from({ length: 1100 }, (_, n) => line(HEAD.replace('sftp1', `h${n}`))).join(''),
    ],
  ])('of %s', async (_, text) => {
    const bytes = Buffer.from(`\n${text}${line(HEAD, 'close "/data/x" bytes read 1 written 0')}`);
    await expectSame(bytes, []);
  });
});
