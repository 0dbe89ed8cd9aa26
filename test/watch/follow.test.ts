import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readLog } from '../../src/log/read.ts';
import type { Session } from '../../src/log/session.ts';
import { Keeper } from './follower.ts';
import { LogWriter } from './log-writer.ts';

let folder: string;
let writer: LogWriter;
let keeper: Keeper;
const keepers: Keeper[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sftpjail-follow.'));
  writer = new LogWriter(join(folder, 'sftp.log'));
  keeper = new Keeper(writer.path);
});
afterEach(async () => {
  for (const each of [keeper, ...keepers.splice(0)]) await each.end();
  rmSync(folder, { recursive: true });
});

const inText = ({ text }: LogWriter): Session[] => readLog(Buffer.from(text)).sessions;
const ids = (sessions: readonly Session[]): string[] => sessions.map(({ id }) => id).sort();
const allTold = (writer: LogWriter, keeper: Keeper) =>
  keeper.until('all are told', () => new Set(ids(keeper.sessions)).size >= inText(writer).length);

function play(sessions: number, files = 2): void {
  for (let session = 0; session < sessions; session++) writer.session(files);
  for (let step = 0; !writer.isOver; step++) writer.go((step * 0.37) % 1);
}

describe('a log that is followed', () => {
  test('what ended before the first time is not told, what was open is', async () => {
    play(3);
    writer.session(2);
    writer.go(0);
    writer.go(0);
    await keeper.listens();
    while (!writer.isOver) writer.go(0);
    await keeper.until('told', () => keeper.sessions.length > 0);
    await sleep(50);
    expect(keeper.sessions).toEqual([inText(writer).at(-1)]);
    expect(keeper.sessions[0]?.totals).toMatchObject({ uploads: 2, exact: true });
  });

  type Step = 'lines' | 'tear' | 'rotate' | 'rotateLate' | 'reopen' | 'copyTruncate' | 'wait' | 'kill' | 'stop';
  const steps = fc.array(
    fc.record({
      step: fc.constantFrom<Step>(
        'lines',
        'lines',
        'lines',
        'tear',
        'rotate',
        'rotateLate',
        'reopen',
        'copyTruncate',
        'wait',
        'wait',
        'kill',
        'stop',
      ),
      sessions: fc.nat(3),
      lines: fc.nat(25),
      choice: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
    { minLength: 5, maxLength: 25 },
  );

  test('through rotation, compression, truncation and its own death each session is told, as the whole log tells it', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const own = mkdtempSync(join(folder, 'run.'));
        const writer = new LogWriter(join(own, 'sftp.log'));
        writeFileSync(writer.path, '');
        const keeper = new Keeper(writer.path);
        keepers.push(keeper);
        let lost = 0;
        let rotations = 0;
        await keeper.listens();
        for (const { step, sessions, lines, choice } of script) {
          if (step === 'lines') for (let count = 0; count < sessions; count++) writer.session(count);
          if (step === 'lines') for (let line = 0; line < lines; line++) writer.go((choice * (line + 1)) % 1);
          if (step === 'tear') writer.tear();
          if (step.startsWith('rotate') && rotations++ < 8) writer.rotate({ create: choice < 0.5 });
          if (step === 'rotate' || step === 'reopen') writer.reopen();
          if (step === 'copyTruncate') {
            // A log that is short, then copied and cut, then short again, all between two looks, is seen only to have grown.
            await keeper.end();
            writer.copyTruncate();
            keeper.start();
          }
          if (step === 'wait') await sleep(lines);
          if (step === 'kill' || step === 'stop') {
            await keeper.end();
            keeper.start((batch) => {
              if (step === 'stop' || batch.sessions.length === 0) return true;
              lost += batch.sessions.length;
              return false;
            });
            await sleep(sessions * 10);
          }
        }
        await keeper.end();
        keeper.start();
        for (let step = 0; !writer.isOver; step++) writer.go((step * 0.61) % 1);
        writer.line(99, 'open "/" flags READ mode 0666', 'other');
        await allTold(writer, keeper);
        await keeper.end();
        const expected = inText(writer);
        expect(keeper.gaps).toEqual([]);
        expect([...new Set(ids(keeper.sessions))]).toEqual(ids(expected));
        expect(keeper.sessions.length).toBeLessThanOrEqual(expected.length + lost);
        const byId = new Map(expected.map((session) => [session.id, session]));
        expect([...new Set(keeper.opened)].sort()).toEqual(ids(expected));
        for (const session of keeper.sessions) expect(session).toEqual(byId.get(session.id));
        const uploads = expected.flatMap(({ id, transfers }) => transfers.map(({ n }) => `${id}-${n}`)).sort();
        expect([keeper.uploads.sort(), keeper.touches.sort()]).toEqual([uploads, uploads]);
      }),
      { numRuns: 15 },
    );
  });

  test('rotations beyond those that are kept are told as a gap, with its times', async () => {
    await keeper.listens();
    play(2);
    writer.session(3);
    writer.go(0);
    await keeper.until('two are told', () => keeper.sessions.length === 2);
    await keeper.until(
      'it is kept',
      () => (keeper.position?.logs[0]?.read?.offset ?? 0) === Buffer.byteLength(writer.text),
    );
    const before = writer.text.trim().split('\n').at(-1)?.slice(0, 19);
    await keeper.end();
    while (!writer.isOver) writer.go(0);
    for (let number = 0; number < 13; number++) {
      play(1);
      writer.rotate();
      writer.reopen();
    }
    play(1);
    keeper.start();
    const all = inText(writer);
    await keeper.until('the rest is told', () => keeper.sessions.length >= 2 + 13);
    expect(keeper.gaps).toHaveLength(1);
    const [gap] = keeper.gaps;
    expect(gap).toMatchObject({ log: writer.path, from: `${before}Z` });
    const first = all.find(({ id }) => id === keeper.sessions[2]?.id);
    expect(gap?.to.slice(0, 19)).toBe(first?.opened?.slice(0, 19));
    await keeper.end();
    keeper.start();
    await sleep(100);
    expect([keeper.gaps.length, keeper.sessions.length]).toEqual([1, 15]);
  });

  test('of a log that is copied and cut off, the copy is read first', async () => {
    await keeper.listens();
    play(3);
    await keeper.until('three are told', () => keeper.sessions.length === 3);
    writer.session(3);
    for (let line = 0; line < 4; line++) writer.go(0);
    writer.copyTruncate();
    while (!writer.isOver) writer.go(0);
    await keeper.until('the fourth is told', () => keeper.sessions.length === 4);
    expect(keeper.sessions[3]).toEqual(inText(writer)[3]);
    expect(keeper.gaps).toEqual([]);
  });

  test('a file that was truncated and grew again is told from one that only grew', async () => {
    await keeper.listens();
    play(2);
    await keeper.until('two are told', () => keeper.sessions.length === 2);
    const { length } = writer.text;
    const other = new LogWriter(writer.path, Date.UTC(2026, 10, 21) / 1000);
    other.session(length / 60);
    writeFileSync(writer.path, '');
    while (!other.isOver) other.go(0);
    await keeper.until('the new one is told', () => keeper.sessions.length === 3);
    expect(keeper.sessions[2]?.transfers).toHaveLength(Math.floor(length / 60));
    expect(keeper.gaps).toHaveLength(1);
  });

  test('what is kept to know what was told stays small while sessions go on', async () => {
    await keeper.listens();
    play(1);
    await keeper.until('told', () => keeper.sessions.length === 1);
    for (let round = 0; round < 20; round++) {
      play(20);
      await keeper.until('told', () => keeper.sessions.length === 1 + 20 * (round + 1));
    }
    expect(keeper.remembered).toBeLessThan(100);
  });

  test('an upload is told when its close is read, and a copy on the server never', async () => {
    await keeper.listens();
    const [open, close] = ['flags WRITE,CREATE,TRUNCATE mode 0644', 'bytes read 0 written 5'];
    writer.line(7, 'session opened for local user acme from [10.0.0.1]');
    for (const name of ['a', 'b']) writer.line(7, `open "/data/${name}" ${open}`);
    writer.line(7, `close "/data/a" ${close}`);
    // The close of b can follow, as after a copy: it does not show before.
    writer.line(7, `close "/data/b" ${close}`);
    writer.line(7, 'open "/data/a" flags READ mode 0666');
    writer.line(7, `open "/data/copy" ${open}`);
    writer.line(7, `close "/data/copy" ${close}`);
    writer.line(7, 'close "/data/a" bytes read 5 written 0');
    for (const line of ['mkdir name "/data/d" mode 0755', 'set "/data/d" mode 0755', 'posix-rename old "/a" new "/b"'])
      writer.line(7, line);
    await keeper.until('all are told', () => keeper.touches.length === 6);
    expect(keeper.sessions).toEqual([]);
    await keeper.end();
    keeper.start();
    writer.line(7, 'session closed for local user acme from [10.0.0.1]');
    await keeper.until('it is told', () => keeper.sessions.length === 1);
    const [{ id, transfers, changes } = { id: '', transfers: [], changes: [] }] = keeper.sessions;
    expect(keeper.uploads.sort()).toEqual([`${id}-1`, `${id}-2`]);
    expect(transfers.map(({ copy }) => copy)).toEqual([undefined, undefined, 'likely', 'likely']);
    const ranks = [...transfers.filter(({ direction }) => direction === 'upload'), ...changes].map(({ n }) => n);
    expect(keeper.touches.sort()).toEqual(ranks.map((n) => `${id}-${n}`).sort());
  });

  test('a log that is missing at first is followed from when it is there', async () => {
    await keeper.listens();
    play(1);
    await keeper.until('told', () => keeper.sessions.length === 1);
    renameSync(writer.path, `${writer.path}.1`);
    play(1);
    await keeper.until('told', () => keeper.sessions.length === 2);
  });
});
