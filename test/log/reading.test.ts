import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Fold } from '../../src/log/fold.ts';
import { DEFAULT_DETAIL, readLog } from '../../src/log/read.ts';
import type { Session } from '../../src/log/session.ts';
import { readSources, type Source } from '../../src/log/sources.ts';
import { sessions, settings } from './model/arbitrary.ts';
import { type LogSettings, writeLog } from './model/log.ts';
import type { Ending } from './model/truth.ts';
import { asRsyslogWrites } from './model/two-logs.ts';
import { runs } from './runs.ts';

const CLOCK = { year: 2026, timezone: 'UTC' };
const ENDINGS: readonly Ending[] = ['quit', 'drop', 'timeout', 'killed', 'fatal', 'terminated'];
const crowd = sessions({ most: 5, requests: 6, copies: true, endings: ENDINGS });

async function readAll(sources: readonly Source[], user: string | null = null): Promise<Session[]> {
  const read: Session[] = [];
  const fold = new Fold(DEFAULT_DETAIL, { onSession: (session) => void read.push(session), onLogin: () => {} });
  await readSources(sources, CLOCK.timezone, fold, user);
  fold.end();
  return read;
}

/** One part of a log, in chunks that end anywhere. */
function part(bytes: Buffer, cuts: readonly number[]) {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((one, other) => one - other);
  const chunks = async function* () {
    let from = 0;
    for (const end of [...ends, bytes.length]) {
      yield Buffer.from(bytes.subarray(from, end));
      from = end;
    }
  };
  return { chunks, year: CLOCK.year };
}

const byId = (all: readonly Session[]): Session[] => all.toSorted((one, other) => (one.id < other.id ? -1 : 1));

const cuts = fc.array(fc.nat(), { maxLength: 30 });
const torn = fc.record({ cut: fc.constant({ head: 0, tail: 0 }), torn: fc.oneof(fc.constant(0), fc.nat(40)) });

describe('however a log reaches the reader', () => {
  test('where its chunks end does not matter', async () => {
    await fc.assert(
      fc.asyncProperty(crowd, settings(torn), cuts, async (truths, how, places) => {
        const { bytes } = writeLog(truths, how);
        expect(await readAll([[part(bytes, places)]])).toEqual(readLog(bytes, CLOCK).sessions);
      }),
      runs(300),
    );
  });

  test('where it was rotated does not matter', async () => {
    await fc.assert(
      fc.asyncProperty(crowd, settings(torn), cuts, fc.nat(), async (truths, how, places, line) => {
        const { bytes } = writeLog(truths, how);
        const ends = [...bytes.toString('latin1').matchAll(/\n/g)].map(({ index }) => index + 1);
        const at = ends[line % ends.length] ?? 0;
        const parts = [bytes.subarray(0, at), bytes.subarray(at)].map((piece) => part(Buffer.from(piece), places));
        expect(await readAll([parts])).toEqual(readLog(bytes, CLOCK).sessions);
      }),
      runs(200),
    );
  });

  test('skipping what is of others leaves the sessions of one user as they are', async () => {
    await fc.assert(
      fc.asyncProperty(crowd, settings(), cuts, fc.constantFrom('alice', 'bob'), async (truths, how, places, user) => {
        const { bytes } = writeLog(truths, how);
        const wanted = (all: readonly Session[]) => all.filter((session) => session.user === user);
        const skipped = await readAll([[part(bytes, places)]], user);
        expect(byId(wanted(skipped))).toEqual(byId(wanted(readLog(bytes, CLOCK).sessions)));
      }),
      runs(400),
    );
  });

  test("the host's log and the jails' log tell what one log of all lines tells", async () => {
    const how: LogSettings = {
      ...{ format: 'rfc3339', host: 'sftp1', reduce: false, swaps: [] },
      ...{ cut: { head: 0, tail: 0 }, torn: 0 },
    };
    await fc.assert(
      fc.asyncProperty(crowd, cuts, fc.boolean(), async (truths, places, isHostFirst) => {
        const { host, jail } = asRsyslogWrites(truths, how);
        const both = [[part(host, places)], [part(jail, places)]];
        const read = await readAll(isHostFirst ? both : both.reverse());
        expect(byId(read)).toEqual(byId(readLog(writeLog(truths, how).bytes, CLOCK).sessions));
      }),
      runs(400),
    );
  });
});
