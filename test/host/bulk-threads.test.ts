import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Tasks } from '../../src/host/bulk.ts';
import { openThreads } from '../../src/host/bulk-threads.ts';
import { draftOf } from '../../src/host/draft.ts';
import { makeSocket } from './jails.ts';

const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mode: 0o750 };

let built: string;
let root: string;

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'built-'));
  const input = { 'bulk-worker': resolve(import.meta.dirname, '../../src/host/bulk-worker.ts') };
  const build = await rolldown({ input, platform: 'node' });
  await build.write({ dir: built, format: 'cjs', entryFileNames: '[name].cjs' });
});
afterAll(() => rmSync(built, { recursive: true }));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bulk-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A thread's program like ours that first does something of its own. */
function workerThat(does: string): string {
  const path = join(root, 'worker.cjs');
  writeFileSync(path, `${does}; require(${JSON.stringify(join(built, 'bulk-worker.cjs'))});`);
  return path;
}

const NAMES = Array.from({ length: 500 }, (_, i) => `jail-${i}`);
const folders = (): Tasks['directory'][] =>
  NAMES.flatMap((name) => [`${root}/${name}`, `${root}/${name}/dev`]).map((path) => ({ path, owner }));
const modesOf = (names: readonly string[]) =>
  new Set(names.map((name) => (lstatSync(join(root, name)).mode & 0o7777).toString(8)));

test('folders with folders in them, their links and their files are made by threads', async () => {
  const [started, socket] = [join(root, 'started'), join(root, 'socket')];
  await makeSocket(socket);
  const inThreads = openThreads(workerThat(`require('node:fs').writeFileSync(${JSON.stringify(started)}, '')`));
  // One that stands there already gets its owner and mode.
  mkdirSync(join(root, 'jail-7', 'dev'), { recursive: true, mode: 0o700 });
  await inThreads('directory', folders());
  expect(existsSync(started)).toBe(true);
  expect(modesOf(NAMES.flatMap((name) => [name, `${name}/dev`]))).toEqual(new Set(['750']));

  const inode = lstatSync(socket);
  writeFileSync(join(root, 'jail-8/dev/log'), 'in the way');
  const links = NAMES.map((name) => ({ path: `${root}/${name}/dev/log`, socket, inode }));
  await inThreads('link', links);
  for (const { path } of links) expect(lstatSync(path).ino).toBe(inode.ino);
  expect(readdirSync(join(root, 'jail-8/dev'))).toEqual(['log']);

  const files = NAMES.map((name) => ({ path: `${root}/${name}/key`, content: `of ${name}`, owner }));
  writeFileSync(draftOf(join(root, 'jail-9/key')), 'of a killed run');
  await inThreads('draft', files);
  expect(existsSync(join(root, 'jail-9/key'))).toBe(false);
  await inThreads('place', files);
  expect(readFileSync(join(root, 'jail-9/key'), 'utf8')).toBe('of jail-9');
  expect(readdirSync(join(root, 'jail-9')).sort()).toEqual(['dev', 'key']);
});

test('what a thread cannot do fails as it would without threads, and the rest is done', async () => {
  writeFileSync(join(root, 'jail-100'), '');
  await expect(openThreads(workerThat(''))('directory', folders())).rejects.toThrow(/ENOTDIR.*jail-100/);
  expect(readdirSync(root).filter((name) => name.startsWith('jail-')).length).toBe(NAMES.length);
});

test('threads that do not start or that die leave nothing undone', async () => {
  await openThreads(join(root, 'missing.cjs'))('directory', folders().slice(0, 100));
  const dying = "require('node:worker_threads').parentPort.once('message', () => process.exit())";
  await openThreads(workerThat(dying))('directory', folders());
  expect(modesOf(NAMES.flatMap((name) => [name, `${name}/dev`]))).toEqual(new Set(['750']));
});
