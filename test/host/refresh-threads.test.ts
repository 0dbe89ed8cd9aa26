import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { draftOf } from '../../src/host/draft.ts';
import { refreshLinks } from '../../src/host/refresh.ts';
import { draftsBelow, logOf, makeJail, makeSocket, type State } from './jails.ts';

const SRC = resolve(import.meta.dirname, '../../src/host');

let built: string;
let root: string;
let socket: string;

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'built-'));
  const input = { 'link-worker': join(SRC, 'link-worker.ts'), refresh: join(SRC, 'refresh.ts') };
  const build = await rolldown({ input, platform: 'node' });
  await build.write({ dir: built, format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name].cjs' });
});
afterAll(() => rmSync(built, { recursive: true }));

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'links-'));
  mkdirSync(join(root, 'dev'));
  socket = join(root, 'dev', 'log');
  await makeSocket(join(root, 'dev', 'old'));
  await makeSocket(socket);
});
afterEach(() => rmSync(root, { recursive: true }));

/** A thread's program that does something of its own; `round` is what it shares, `socket` the path. */
function workerThat(does: string): string {
  const path = join(root, 'dev', 'worker.cjs');
  writeFileSync(
    path,
    `const { linkSync, renameSync, unlinkSync, writeFileSync } = require('node:fs');
     const round = require('node:worker_threads').workerData; const { socket } = round; ${does}`,
  );
  return path;
}

function makeJails(count: number, ...states: State[]): string[] {
  return Array.from({ length: count }, (_, i) => makeJail(root, `jail-${i}`, states[i % states.length] as State));
}

const ino = (path: string): number => lstatSync(path).ino;

test('threads are used above the threshold and give the same result as one', async () => {
  const jails = makeJails(900, 'stale', 'current', 'missing', 'log is a folder', 'dev is a file', 'no dev');
  const started = join(root, 'dev', 'started');
  const worker = workerThat(
    `require(${JSON.stringify(join(built, 'link-worker.cjs'))}); writeFileSync('${started}', '');`,
  );
  const result = await refreshLinks(root, socket, { oneThread: 899, worker });
  expect(existsSync(started)).toBe(true);
  expect([result.changed, result.current, result.failed.length]).toEqual([300, 150, 300]);
  for (const [i, jail] of jails.entries()) if (i % 6 < 3) expect(ino(logOf(jail))).toBe(ino(socket));
  expect(draftsBelow(root)).toEqual([]);

  rmSync(started);
  expect(await refreshLinks(root, socket, { oneThread: 900, worker })).toMatchObject({ changed: 0, current: 450 });
  expect(existsSync(started)).toBe(false);
});

test('a thread links what it takes', async () => {
  const jails = makeJails(10, 'stale');
  const program = `
    const { Worker } = require('node:worker_threads');
    const memory = (n) => new Int32Array(new SharedArrayBuffer(4 * n));
    const [root, worker] = process.argv.slice(1);
    const { dev, ino } = require('node:fs').lstatSync(root + '/dev/log');
    const jails = Array.from({ length: 10 }, (_, i) => 'jail-' + i);
    const round = { root, socket: root + '/dev/log', inode: { dev, ino }, jails, taken: memory(1), outcomes: memory(10) };
    new Worker(worker, { workerData: round }).on('exit', () => console.log(round.outcomes.join()));`;
  const child = spawn(process.execPath, ['-e', program, root, join(built, 'link-worker.cjs')]);
  const [said] = await once(child.stdout, 'data');
  expect(String(said)).toBe('3,3,3,3,3,3,3,3,3,3\n');
  for (const jail of jails) expect(ino(logOf(jail))).toBe(ino(socket));
});

test.each([
  ['dies', 'throw new Error()'],
  ['takes jails and dies', 'Atomics.add(round.taken, 0, 1000); throw new Error()'],
])('what a thread that %s left undone is done', async (_, does) => {
  makeJails(200, 'stale');
  expect(await refreshLinks(root, socket, { oneThread: 0, worker: workerThat(does) })).toEqual({
    changed: 200,
    current: 0,
    failed: [],
  });
});

test('a socket that is replaced meanwhile is linked once more', async () => {
  const jails = makeJails(20, 'stale', 'current');
  await makeSocket(join(root, 'dev', 'next'));
  const worker = workerThat(`renameSync('${root}/dev/next', socket);`);
  expect(await refreshLinks(root, socket, { oneThread: 0, worker })).toEqual({ changed: 20, current: 0, failed: [] });
  for (const jail of jails) expect(ino(logOf(jail))).toBe(ino(socket));
});

test('a socket that does not come to rest is reported', async () => {
  makeJails(2, 'stale');
  const worker = workerThat(`require('node:net').createServer().listen(socket + '+', function () {
    renameSync(socket + '+', socket); this.close(); });`);
  const { failed } = await refreshLinks(root, socket, { oneThread: 0, worker });
  expect(failed).toEqual([{ path: socket, reason: 'was replaced again and again meanwhile' }]);
});

test('a socket that goes away is reported', async () => {
  makeJails(2, 'stale');
  const { failed } = await refreshLinks(root, socket, { oneThread: 0, worker: workerThat('unlinkSync(socket)') });
  expect(failed).toContainEqual({ path: socket, reason: 'the log socket went away meanwhile' });
});

test('what another run leaves in a jail that is done already is noticed and removed', async () => {
  const [jail] = makeJails(3, 'stale') as [string];
  const worker = workerThat(`writeFileSync('${root}/dev/once', '', { flag: 'wx' });
    linkSync(socket, '${draftOf(logOf(jail))}');`);
  expect(await refreshLinks(root, socket, { oneThread: 0, worker })).toEqual({ changed: 3, current: 0, failed: [] });
  expect(draftsBelow(root)).toEqual([]);
});

test('runs at the same time do no harm and leave no draft', async () => {
  const jails = makeJails(1500, 'stale', 'missing');
  const program = `require(process.argv[1]).refreshLinks(process.argv[2], process.argv[3]).then(({ changed, current, failed }) =>
    console.log(changed + current, JSON.stringify(failed)))`;
  const runs = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['-e', program, join(built, 'refresh.cjs'), root, socket]),
  );
  const said = await Promise.all(runs.map(({ stdout }) => once(stdout, 'data').then(String)));
  expect(said).toEqual(Array(4).fill('1500 []\n'));
  for (const jail of jails) expect(ino(logOf(jail))).toBe(ino(socket));
  expect(draftsBelow(root)).toEqual([]);
});
