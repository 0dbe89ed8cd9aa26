import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { EntryReader } from '../../src/log/entry.ts';
import { Fold } from '../../src/log/fold.ts';
import { Lines } from '../../src/log/lines.ts';
import { sessionOf } from '../../src/log/settled.ts';
import { readSources } from '../../src/log/sources.ts';
import { jsonLine } from '../../src/ui/json-line.ts';
import { SessionBytes } from '../../src/ui/session-bytes.ts';
import { sessions, settings } from '../log/model/arbitrary.ts';
import { damagedLog } from '../log/model/damage.ts';
import { writeLog } from '../log/model/log.ts';
import { looseLines } from '../log/model/loose-lines.ts';
import type { Ending } from '../log/model/truth.ts';
import { runs } from '../log/runs.ts';
import { scannedPieces } from '../log/scanned-pieces.ts';

const ENDINGS: readonly Ending[] = ['quit', 'drop', 'timeout', 'killed', 'fatal', 'terminated'];
const HEAD = '2026-11-20T17:16:16.627150+00:00 sftp1 internal-sftp[365]: ';

interface Both {
  written: string;
  said: string;
}

/** The sessions of a log that a scanner has read, as they are written, and as jsonLine says them. */
async function bothOfScanned(bytes: Buffer, portions: readonly number[]): Promise<Both> {
  const { fold, both } = newFold(50_000);
  const chunks = async function* () {
    yield bytes;
  };
  await readSources([[{ chunks, pieces: () => scannedPieces(bytes, portions), year: 2026 }]], 'UTC', fold);
  fold.end();
  return both();
}

function newFold(detail: number): { fold: Fold; both(): Both } {
  const written: Buffer[] = [];
  const said: string[] = [];
  const out = new SessionBytes((piece) => void written.push(Buffer.from(piece)));
  const fold = new Fold(detail, {
    onSession() {},
    onSettled(settled) {
      said.push(`${jsonLine(sessionOf(settled))}\n`);
      out.add(settled);
    },
    onLogin() {},
  });
  const both = () => {
    out.flush();
    return { written: Buffer.concat(written).toString(), said: said.join('') };
  };
  return { fold, both };
}

/** The same of one that is read line by line. */
function bothOf(bytes: Buffer, detail = 50_000): Both {
  const { fold, both } = newFold(detail);
  const lines = new Lines();
  const entry = new EntryReader({ timezone: 'UTC', firstYear: 2026 });
  const read = () => {
    while (lines.advance()) {
      entry.isTorn = lines.isTorn;
      if (entry.parse(lines.bytes, lines.start, lines.end)) fold.read(entry);
    }
  };
  lines.push(bytes);
  read();
  if (lines.finish()) read();
  fold.end();
  return both();
}

describe('sessions as bytes are what jsonLine says of them', () => {
  const crowd = sessions({ most: 4, requests: 10, copies: true, endings: ENDINGS });

  test('as they are', () => {
    fc.assert(
      fc.property(crowd, settings(), fc.oneof(fc.constant(50_000), fc.nat(5)), (truths, how, detail) => {
        const { written, said } = bothOf(writeLog(truths, how).bytes, detail);
        expect(written).toBe(said);
      }),
      runs(250),
    );
  });

  test('of what a scanner has read', async () => {
    const portionings = fc.array(fc.integer({ min: 1, max: 4000 }), { maxLength: 5 });
    const property = fc.asyncProperty(looseLines(), portionings, async (text, portions) => {
      const { written, said } = await bothOfScanned(Buffer.from(text), portions);
      expect(written).toBe(said);
    });
    await fc.assert(property, runs(300));
  });

  test('where there is no address space for WebAssembly', () => {
    const memory = class {
      constructor() {
        throw new RangeError('could not allocate memory');
      }
    };
    vi.stubGlobal('WebAssembly', { ...WebAssembly, Memory: memory });
    const { written, said } = bothOf(Buffer.from(`${HEAD}remove name "/data/x"\n${HEAD}stat name "/"\n`));
    vi.unstubAllGlobals();
    expect(written).toContain('"/data/x"');
    expect(written).toBe(said);
  });

  test('of damaged logs', () => {
    fc.assert(
      fc.property(damagedLog(), (bytes) => {
        const { written, said } = bothOf(bytes);
        expect(written).toBe(said);
      }),
      runs(500),
    );
  });

  test('whatever bytes are in a name', () => {
    const name = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10)));
    const plain = fc
      .string({ unit: fc.constantFrom(...'ab/."\\ \u007f'), maxLength: 20 })
      .map((text) => Buffer.from(text));
    const message = fc.constantFrom(
      ['open "', '" flags READ mode 0666'],
      ['close "', '" bytes read 12345678901 written 7'],
      ['remove name "', '"'],
      ['posix-rename old "', '"'],
      ['symlink old "', '"'],
      ['set "', '" mode 0644'],
      ['set "', '" size 18446744073709551615'],
    );
    const line = fc
      .tuple(message, fc.array(fc.oneof(name, plain), { minLength: 1, maxLength: 3 }))
      .map(([[before = '', after = ''], names]) => {
        const parts = names.flatMap((one, at) => (at === 0 ? [one] : [Buffer.from('" new "'), one]));
        return Buffer.concat([Buffer.from(HEAD + before), ...parts, Buffer.from(`${after}\n`)]);
      });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (log) => {
        const { written, said } = bothOf(Buffer.concat(log));
        expect(written).toBe(said);
      }),
      runs(500),
    );
  });

  test('attributes as long as lines can be', () => {
    const digits = '7'.repeat(470);
    const set = [
      'size 1',
      `mode ${digits}`,
      `modtime ${digits}`,
      'owner 1844674407370955161500 group 1844674407370955161500',
    ];
    const { written, said } = bothOf(Buffer.from(set.map((one) => `${HEAD}set "/" ${one}\n`).join('')));
    expect(written.length).toBeGreaterThan(1200);
    expect(written).toBe(said);
  });

  test('a session that is written in several pieces', () => {
    const pair = (n: number) =>
      `${HEAD}open "/data/${n}" flags READ mode 0666\n${HEAD}close "/data/${n}" bytes read ${n} written 0\n`;
    const { written, said } = bothOf(Buffer.from(Array.from({ length: 20_000 }, (_, n) => pair(n)).join('')));
    expect(written.length).toBeGreaterThan(2 ** 21);
    expect(written).toBe(said);
  });
});
