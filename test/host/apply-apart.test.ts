import { expect, it, vi } from 'vitest';
import { apply, type Carrier, type KindsOnHost } from '../../src/host/apply.ts';
import { MANY } from '../../src/host/bulk-threads.ts';
import type { Host } from '../../src/host/host.ts';
import type { Journal } from '../../src/host/journal.ts';
import type { Change, Plan } from '../../src/plan/change.ts';

const owner = { owner: 'root', group: 'sftp', mode: '0750' };
const jails = Array.from(
  { length: MANY },
  (_, i): Change => ({ kind: 'directory', at: `/sftp-root/u${i}`, before: null, after: owner }),
);
const links = jails.map(({ at }): Change => ({ kind: 'link', at, before: null, after: { to: '/dev/log' } }));
const after = { uid: 70_000, group: 'sftp', groups: ['sftp-only'], comment: '', home: '/data', shell: '/bin/false' };
const account: Change = { kind: 'account', at: 'u0', before: null, after };
const key: Change = { kind: 'file', at: '/keys/u0', before: null, after: { ...owner, content: 'key' } };

/** A host whose folders are made only when they are told to be. */
function openHost({ accountFails = false } = {}) {
  const told: string[] = [];
  const folders = withResolvers();
  const one = (word: string) => ({
    read: () => null,
    put: (_host: unknown, at: string, state: unknown) => void told.push(`${state === null ? '-' : '+'}${word} ${at}`),
  });
  const many = (word: string, made: Promise<void>) => ({
    ...one(word),
    isApart: true,
    async putMany(_host: unknown, puts: readonly { state: unknown }[]) {
      if (puts[0]?.state === null) return void told.push(`-${word}s`);
      told.push(`${word}s begin`);
      await made;
      told.push(`${word}s end`);
    },
  });
  const kinds = {
    ...{ directory: many('folder', folders.promise), link: many('link', Promise.resolve()) },
    account: {
      ...one('account'),
      put(host: unknown, at: string, state: unknown) {
        one('account').put(host, at, state);
        if (state === null) return;
        setImmediate(() => told.push('other things happen'));
        if (accountFails) throw new Error('no room in passwd');
      },
    },
    file: one('key'),
  } as unknown as KindsOnHost;
  const carrier: Carrier = {
    ...{ host: {} as Host, kinds, onChanges: () => {}, onKept: () => {} },
    signal: new AbortController().signal,
  };
  return { told, folders, carrier };
}

function journalOf(changes: Change[]): Journal {
  const begun = new Set<number>();
  const plan: Plan = { command: 'test', changes, notes: [] };
  const begin = (first: number, last: number) => {
    for (let index = first; index <= last; index++) begun.add(index);
  };
  return { plan, begun, begin, remove() {} };
}

/** Until everything has happened that happens while no folder is made. */
const begun = (told: readonly string[]) =>
  vi.waitFor(() => expect(told).toEqual(['folders begin', '+account u0', 'other things happen']), 10_000);

it('makes accounts while folders are made, what is in these after them, and a key when all of it stands', async () => {
  const { told, folders, carrier } = openHost();
  const applied = apply(carrier, journalOf([...jails, ...links, account, key]));
  await begun(told);
  folders.resolve();
  await applied;
  expect(told.slice(3)).toEqual(['folders end', 'links begin', 'links end', '+key /keys/u0']);
});

it('takes everything back where folders fail after the accounts were made', async () => {
  const { told, folders, carrier } = openHost();
  const applied = apply(carrier, journalOf([...jails, ...links, account, key]));
  await begun(told);
  folders.reject(new Error('the disk is full'));
  await expect(applied).rejects.toMatchObject({ outcome: 'rolledBack', message: 'the disk is full' });
  expect(told.slice(3)).toEqual(['-account u0', '-links', '-folders']);
});

it('takes nothing back before what is made apart has ended', async () => {
  const { told, folders, carrier } = openHost({ accountFails: true });
  const applied = apply(carrier, journalOf([...jails, account]));
  await begun(told);
  folders.resolve();
  await expect(applied).rejects.toMatchObject({ outcome: 'rolledBack', message: 'no room in passwd' });
  expect(told.slice(3)).toEqual(['folders end', '-account u0', '-folders']);
});

/** Node 20 has none of its own. */
function withResolvers() {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => {}, () => {}];
  const promise = new Promise<void>((...both) => {
    [resolve, reject] = both;
  });
  promise.catch(() => {});
  return { promise, resolve: () => resolve(), reject: (error: Error) => reject(error) };
}
