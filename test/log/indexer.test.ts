import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fold, type LineCounts } from '../../src/log/fold.ts';
import { Indexer } from '../../src/log/indexer.ts';
import { DEFAULT_DETAIL } from '../../src/log/read.ts';
import type { LoginRecord, Session } from '../../src/log/session.ts';
import { type Piece, readSources } from '../../src/log/sources.ts';
import { sessions, settings } from './model/arbitrary.ts';
import { damagedLog } from './model/damage.ts';
import { writeLog } from './model/log.ts';
import type { Ending } from './model/truth.ts';
import { runs } from './runs.ts';

const CLOCK = { year: 2026, timezone: 'UTC' };
const ENDINGS: readonly Ending[] = ['quit', 'drop', 'timeout', 'killed', 'fatal', 'terminated'];

/**
 * A log in pieces that end anywhere.
 *
 * @param room so many numbers an index has room for; null for none
 */
function piecesOf(bytes: Buffer, cuts: readonly number[], room: number | null): () => AsyncGenerator<Piece> {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((one, other) => one - other);
  return async function* () {
    const indexer = new Indexer();
    let from = 0;
    for (const [number, end] of [...ends, bytes.length].entries()) {
      const piece = Buffer.from(bytes.subarray(from, end));
      const isIndexed = room !== null && number % 5 !== 4;
      yield { bytes: piece, index: isIndexed ? indexer.index(piece, new Int32Array(room)) : null };
      from = end;
    }
  };
}

interface Read {
  sessions: Session[];
  logins: LoginRecord[];
  lines: LineCounts;
}

async function read(bytes: Buffer, cuts: readonly number[], room: number | null): Promise<Read> {
  const found: Read = { sessions: [], logins: [], lines: {} as LineCounts };
  const fold = new Fold(DEFAULT_DETAIL, {
    onSession: (session) => void found.sessions.push(session),
    onLogin: (login) => void found.logins.push(login),
  });
  const chunks = async function* () {
    yield bytes;
  };
  await readSources([[{ chunks, pieces: piecesOf(bytes, cuts, room), year: CLOCK.year }]], CLOCK.timezone, fold);
  fold.end();
  return { ...found, lines: fold.lines };
}

const cuts = fc.array(fc.nat(), { maxLength: 10 });
const rooms = fc.oneof(fc.constant(10_000), fc.nat(100));

describe('an index says what the lines say', () => {
  test('of sessions as they are', async () => {
    const written = fc.tuple(sessions({ most: 5, requests: 8, copies: true, endings: ENDINGS }), settings());
    await fc.assert(
      fc.asyncProperty(written, cuts, rooms, async ([truths, how], places, room) => {
        const { bytes } = writeLog(truths, how);
        expect(await read(bytes, places, room)).toEqual(await read(bytes, places, null));
      }),
      runs(200),
    );
  });

  test('of damaged logs', async () => {
    await fc.assert(
      fc.asyncProperty(damagedLog(), cuts, rooms, async (bytes, places, room) => {
        expect(await read(bytes, places, room)).toEqual(await read(bytes, places, null));
      }),
      runs(500),
    );
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
    expect(await read(bytes, [], 100_000)).toEqual(await read(bytes, [], null));
  });
});
