import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compiled } from '../../scanner.config.mts';
import { openLogFile } from '../../src/host/log-file.ts';
import { newSearch, piecesOf, scout } from '../../src/host/scout.ts';
import { Fold } from '../../src/log/fold.ts';
import type { Session } from '../../src/log/session.ts';
import { type Nearby, type Piece, readSources } from '../../src/log/sources.ts';
import { sessions, settings } from '../log/model/arbitrary.ts';
import { writeLog } from '../log/model/log.ts';
import type { Ending } from '../log/model/truth.ts';
import { runs } from '../log/runs.ts';

const ENDINGS: readonly Ending[] = ['quit', 'drop', 'timeout', 'killed', 'fatal', 'terminated'];
const crowd = sessions({ most: 10, requests: 10, copies: true, endings: ENDINGS });

const SECTION = 1_048_576;
/** A log is worth a thread from 32 of them on. */
const SECTIONS = 40;
const OPENED = 'session opened for local user acme from [192.0.2.7]';

let folder: string;
let log: string;
let bytes: Buffer;
/** A thread's program that says when it has ended. */
let worker: string;
let ended: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scouted-'));
  [log, worker, ended] = [join(folder, 'log'), join(folder, 'worker.cjs'), join(folder, 'ended')];
  const build = await rolldown({
    input: resolve(import.meta.dirname, '../../src/host/scout-worker.ts'),
    plugins: [compiled],
  });
  await build.write({ file: join(folder, 'scout.cjs'), format: 'cjs' });
  writeFileSync(worker, `require('./scout.cjs'); require('node:fs').writeFileSync(${JSON.stringify(ended)}, '');`);
  bytes = logOf([
    { place: SECTION * 3.5 },
    // A section begins within the name, and nothing more is said for two more.
    { place: SECTION * 12 - 2, lasts: SECTION * 2.5 },
    // One begins within the stamp of the line.
    { place: SECTION * 25 + HEAD.length + NAME - 10 },
    // One begins within the address, behind all that names the user.
    { place: SECTION * 30 - 'acme from [192.0.'.length, lasts: SECTION * 2.5 },
    { place: SECTION * SECTIONS - 4000 },
  ]);
  writeFileSync(log, bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Behind the bracket of `HEAD`. */
const NAME = OPENED.indexOf('acme');
const HEAD = lineOf(10_000, '');

/** A second passes with every 100,000 bytes, so that sessions settle. */
function lineOf(pid: number, message: string, place = 0): string {
  const second = new Date(Date.UTC(2026, 10, 20) + Math.floor(place / 100_000) * 1000).toISOString().slice(0, 19);
  return `${second}.000001+00:00 sftp1 internal-sftp[${pid}]: ${message}`;
}

/** Others fill it, and the user's name comes first at these places. */
function logOf(sessions: readonly { place: number; lasts?: number }[]): Buffer {
  const parts: string[] = [];
  let length = 0;
  const add = (pid: number, message: string) => {
    const line = `${lineOf(pid, message, length)}\n`;
    parts.push(line);
    length += line.length;
  };
  const fillTo = (end: number) => {
    for (let pid = 20_000; end - length > 1000; pid = pid === 90_000 ? 20_000 : pid + 1)
      add(pid, 'session opened for local user globex from [192.0.2.8]');
    if (end > length) add(20_000, 'x'.repeat(end - length - HEAD.length - 1));
  };
  for (const [index, { place, lasts = 0 }] of sessions.entries()) {
    fillTo(place - HEAD.length - NAME);
    const say = (message: string) => add(10_000 + index, message);
    say(OPENED);
    say('open "/data/in" flags WRITE,CREATE,TRUNCATE mode 0644');
    fillTo(place + lasts);
    say(`close "/data/in" bytes read 0 written ${index}`);
    say('session closed for local user acme from [192.0.2.7]');
  }
  fillTo(SECTIONS * SECTION);
  return Buffer.from(parts.join(''));
}

type PiecesNear = (nearby: Nearby) => AsyncIterable<Piece>;

async function sessionsOf(user: string, bytes: Buffer, piecesNear?: PiecesNear): Promise<Session[]> {
  const found: Session[] = [];
  const onSession = (one: Session) => void (one.user === user && found.push(one));
  const fold = new Fold(100, { onSession, onLogin() {} });
  const chunks = async function* () {
    yield bytes;
  };
  const part = { chunks, ...(piecesNear && { piecesNear }), year: 2026 };
  await readSources([[part]], 'UTC', fold, user);
  fold.end();
  return found;
}

/** What is told of the log by a thread's program, and how much of it was read. */
async function scouted(program: string, hasEnded: () => boolean): Promise<{ told: Session[]; read: number }> {
  let [read, said] = [0, 0];
  const onRead = (count: number) => {
    said += count;
  };
  const file = await openLogFile(log, { warn() {}, worker: program, onRead });
  const piecesNear = async function* (nearby: Nearby): AsyncGenerator<Piece> {
    for await (const piece of file?.inThreads?.piecesNear(nearby) ?? []) {
      read += piece.bytes.length;
      yield piece;
      while (!hasEnded()) await sleep(10);
    }
  };
  const told = await sessionsOf('acme', bytes, piecesNear);
  await file?.close();
  expect(said).toBe(bytes.length);
  return { told, read };
}

test('of a large log only what names the user is read, with the same result', async () => {
  const { told, read } = await scouted(worker, () => existsSync(ended));
  expect(told.map(({ totals }) => totals.bytesIn)).toEqual([0, 1, 2, 3, 4]);
  expect(told).toEqual(await sessionsOf('acme', bytes));
  expect(read).toBeLessThan(25 * SECTION);
});

test('whatever is passed over of whatever log, the sessions of the user stay as they are', async () => {
  const path = join(folder, 'any');
  let passedOver = 0;
  await fc.assert(
    fc.asyncProperty(crowd, settings(), fc.nat(200), async (truths, how, more) => {
      const { bytes: any } = writeLog(truths, how);
      const section =
        more +
        Math.max(
          ...any
            .toString('latin1')
            .split('\n')
            .map(({ length }) => length + 1),
        );
      writeFileSync(path, any);
      const fd = openSync(path, 'r');
      const search = newSearch(fd, any.length, 'alice', section);
      scout(search);
      let read = 0;
      const piecesNear = async function* (nearby: Nearby): AsyncGenerator<Piece> {
        for (const piece of piecesOf(search, nearby, () => {})) {
          read += piece.bytes.length;
          yield piece;
        }
      };
      const told = await sessionsOf('alice', any, piecesNear);
      closeSync(fd);
      if (read > 0 && read < any.length) passedOver++;
      expect(told).toEqual(await sessionsOf('alice', any));
    }),
    runs(150),
  );
  expect(passedOver).toBeGreaterThan(30);
});

test('all of it is read where the thread fails, and others have their turn meanwhile', async () => {
  let turns = 0;
  const count = () => {
    turns++;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  const { told, read } = await scouted(join(folder, 'no-such-file.cjs'), () => true);
  clearImmediate(next);
  expect(turns).toBeGreaterThan(SECTIONS - 5);
  expect(told).toEqual(await sessionsOf('acme', bytes));
  expect(read).toBe(bytes.length);
});
