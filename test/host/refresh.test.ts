import { chmodSync, existsSync, lchownSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refreshLinks } from '../../src/host/refresh.ts';
import { failureOf } from '../../src/host/refresh-reasons.ts';
import { DRAFTS, type Draft, draftsBelow, logOf, makeJail, makeSocket, STATES, type State, snapshot } from './jails.ts';

let top: string;
let root: string;
let socket: string;

async function freshTop(): Promise<void> {
  top = mkdtempSync(join(tmpdir(), 'links-'));
  root = join(top, 'root');
  mkdirSync(join(root, 'dev'), { recursive: true });
  socket = join(root, 'dev', 'log');
  await makeSocket(join(root, 'dev', 'old'));
  await makeSocket(socket);
}

beforeEach(freshTop);
afterEach(() => rmSync(top, { recursive: true, force: true }));

const isCurrent = (jail: string): boolean => lstatSync(logOf(jail)).ino === lstatSync(socket).ino;

/** What a run answers for one jail. */
const ANSWERS: Record<State, 'changed' | 'current' | 'failed' | 'nothing'> = {
  current: 'current',
  stale: 'changed',
  missing: 'changed',
  'log is a file': 'changed',
  'log is a symlink': 'changed',
  'log is a folder': 'failed',
  'dev is a file': 'failed',
  'dev is a symlink': 'failed',
  'jail is a symlink': 'failed',
  'no dev': 'nothing',
  'a file': 'nothing',
  'a dangling symlink': 'nothing',
};
const states = Object.keys(STATES) as State[];
const drafts = Object.keys(DRAFTS) as Draft[];

describe.each(states)('a jail in the state "%s"', (state) => {
  test.each(drafts)(`is ${ANSWERS[state]}, with a draft: %s`, async (draft) => {
    const jail = makeJail(root, 'acme', state, draft);
    const { changed, current, failed } = await refreshLinks(root, socket);
    const answer = { changed, current, failed: failed.length };
    expect(answer).toEqual({ changed: 0, current: 0, failed: 0, [ANSWERS[state]]: 1, nothing: undefined });
    if (answer.changed + answer.current > 0) expect(isCurrent(jail)).toBe(true);
    expect(draftsBelow(root)).toEqual([]);
    const outside = join(top, 'outside', 'acme', 'dev');
    if (existsSync(outside)) expect(readdirSync(outside)).toEqual([]);
  });
});

test('what is reported says where and why', async () => {
  makeJail(root, 'a', 'dev is a symlink');
  makeJail(root, 'b', 'dev is a file');
  makeJail(root, 'c', 'jail is a symlink');
  makeJail(root, 'd', 'log is a folder');
  makeJail(root, 'e', 'stale');
  const { changed, failed } = await refreshLinks(root, socket);
  expect(changed).toBe(1);
  expect(failed.map(({ path, reason }) => `${path.slice(root.length)} ${reason}`).sort()).toEqual([
    expect.stringMatching(/^\/a\/dev is a symlink, and none is followed/),
    '/b/dev is not a directory',
    expect.stringMatching(/^\/c is a symlink, and none is followed/),
    '/d/dev/log is a directory where the log socket should be',
  ]);
  expect(failureOf('/srv/x', -18)?.reason).toMatch(
    /another file system or mount .* only its data folder may be a mount/,
  );
  expect(failureOf('/srv/x', -31)?.reason).toMatch(/log\.socket: per-jail/);
});

test('a jail that may not be entered is reported, and the others are done', async () => {
  const closed = makeJail(root, 'closed', 'stale');
  const open = makeJail(root, 'open', 'stale');
  chmodSync(closed, 0);
  const back = becomeNobody();
  try {
    const { changed, failed } = await refreshLinks(root, socket);
    expect(changed).toBe(1);
    expect(failed).toEqual([{ path: logOf(closed), reason: expect.stringMatching(/^permission denied/) }]);
    expect(isCurrent(open)).toBe(true);
  } finally {
    back();
    chmodSync(closed, 0o700);
  }
});

/** Root may enter everywhere. */
function becomeNobody(): () => void {
  if (process.geteuid?.() !== 0) return () => {};
  const nobody = 65534;
  for (const path of ['', ...readdirSync(top, { recursive: true, encoding: 'utf8' })])
    lchownSync(join(top, path), nobody, nobody);
  process.seteuid?.(nobody);
  return () => process.seteuid?.(0);
}

test('the root’s dev and hidden folders are no jails', async () => {
  makeJail(root, '.removed', 'stale');
  makeJail(root, join('.removed', 'acme.20240101'), 'stale');
  mkdirSync(join(root, 'dev', 'dev'));
  expect(await refreshLinks(root, socket)).toEqual({ changed: 0, current: 0, failed: [] });
  expect(existsSync(join(root, 'dev', 'dev', 'log'))).toBe(false);
});

test('too many links are refused with nothing touched', async () => {
  for (const name of ['a', 'b', 'c']) makeJail(root, name, 'stale');
  const before = snapshot(top);
  await expect(refreshLinks(root, socket, { links: 2 })).rejects.toMatchObject({
    outcome: 'refused',
    message: expect.stringContaining('65,000'),
    hint: expect.stringContaining('log.socket: per-jail'),
  });
  expect(snapshot(top)).toEqual(before);
  expect(await refreshLinks(root, socket, { links: 3 })).toMatchObject({ changed: 3 });
});

test('without a socket or a root it is refused with nothing touched', async () => {
  makeJail(root, 'acme', 'stale');
  const before = snapshot(top);
  const refusal = { outcome: 'refused' };
  await expect(refreshLinks(root, join(root, 'dev', 'none'))).rejects.toMatchObject(refusal);
  await expect(refreshLinks(root, join(root, 'dev'))).rejects.toMatchObject(refusal);
  await expect(refreshLinks(root, join(socket, 'x'))).rejects.toMatchObject(refusal);
  await expect(refreshLinks(join(top, 'none'), socket)).rejects.toMatchObject(refusal);
  expect(snapshot(top)).toEqual(before);
});

test('of any mixture of jails, every one that can be linked is, and a second run touches nothing', async () => {
  const jail = fc.record({ state: fc.constantFrom(...states), draft: fc.constantFrom(...drafts) });
  await fc.assert(
    fc.asyncProperty(fc.array(jail, { maxLength: 12 }), async (jails) => {
      rmSync(top, { recursive: true });
      await freshTop();
      const made = jails.map(({ state, draft }, i) => ({ state, path: makeJail(root, `jail-${i}`, state, draft) }));
      const count = (answer: string) => made.filter(({ state }) => ANSWERS[state] === answer).length;

      const first = await refreshLinks(root, socket);
      expect([first.changed, first.current, first.failed.length]).toEqual(['changed', 'current', 'failed'].map(count));
      const linked = made.filter(({ state }) => ['changed', 'current'].includes(ANSWERS[state]));
      for (const { path } of linked) expect(isCurrent(path)).toBe(true);
      expect(draftsBelow(root)).toEqual([]);
      expect(lstatSync(socket).nlink).toBe(1 + linked.length);

      const inTheWay = made.some(({ state }) => state === 'log is a folder');
      const before = snapshot(top);
      expect(await refreshLinks(root, socket)).toEqual({ changed: 0, current: linked.length, failed: first.failed });
      // A link is made and taken back where it turns out that a folder is in its way.
      if (!inTheWay) expect(snapshot(top)).toEqual(before);
    }),
    { numRuns: 150 },
  );
});
