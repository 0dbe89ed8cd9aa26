import { appendFileSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Event } from '../../src/watch/event.ts';
import { Outbox, type Target } from '../../src/watch/outbox.ts';
import type { Position } from '../../src/watch/position.ts';

let folder: string;
let outbox: Outbox;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sftpjail-outbox.'));
  outbox = new Outbox(folder);
});
afterEach(() => {
  outbox.close();
  rmSync(folder, { recursive: true });
});

const again = () => {
  outbox.close();
  outbox = new Outbox(folder);
};

const TARGETS: Target[] = [
  { sink: 'mail', to: 'a@example.com', gather: 0 },
  { sink: 'webhook', to: '', gather: 0 },
];
const event = (id: string, more = ''): Event => ({
  v: 1,
  event: 'lines-missing',
  id,
  at: null,
  host: 'h',
  user: null,
  client: { ip: null, port: null },
  log: more,
  from: '',
  to: '',
});
const position = (mark: number): Position => ({ v: 1, host: 'h', second: mark, mark, logs: [], orphans: [] });
const keep = (mark: number, ...events: Event[]) =>
  outbox.keep(
    events.map((each) => ({ event: each, targets: TARGETS })),
    { position: position(mark), told: events.map(({ id }) => id), mark },
  );
const waiting = () => [...outbox.deliveries].map(({ sink, id, attempts }) => `${sink} ${id} ${attempts}`);

test('what was kept is there after a restart, less what was delivered', () => {
  const [first, second] = keep(1, event('one'));
  keep(2, event('two'));
  if (first) outbox.done(first);
  if (second) outbox.failed(second, 5);
  again();
  expect(outbox.position).toEqual(position(2));
  expect(waiting()).toEqual(['webhook lines-missing one 1', 'mail lines-missing two 0', 'webhook lines-missing two 0']);
  expect([...outbox.deliveries].map((each) => outbox.eventsOf(each)[0]?.id)).toEqual(['one', 'two', 'two']);
});

test('events without the position that came with them do not count, however much of it a crash left', () => {
  keep(1, event('one'));
  const { size } = statSync(join(folder, 'outbox'));
  keep(2, event('two'), event('three'));
  const whole = statSync(join(folder, 'outbox')).size;
  for (let cut = whole - 1; cut >= size; cut -= 7) {
    outbox.close();
    truncateSync(join(folder, 'outbox'), cut);
    outbox = new Outbox(folder);
    expect(outbox.position).toEqual(position(1));
    expect(waiting()).toEqual(['mail lines-missing one 0', 'webhook lines-missing one 0']);
  }
  outbox.close();
  appendFileSync(join(folder, 'outbox'), '00000000 {"position":1}\n');
  outbox = new Outbox(folder);
  keep(2, event('two'));
  again();
  expect(outbox.length).toBe(4);
});

test('what was told is known until it cannot come again', () => {
  keep(1, event('one'));
  outbox.keep([], { position: position(1), told: ['later'], mark: 5 });
  again();
  expect([outbox.isTold('one'), outbox.isTold('later')]).toEqual([true, true]);
  // Marks of an earlier process say nothing of this one's.
  outbox.keep([], { position: position(3), told: [], mark: 4 });
  expect([outbox.isTold('one'), outbox.isTold('later')]).toEqual([true, true]);
  outbox.keep([], { position: position(5), told: [], mark: 5 });
  expect([outbox.isTold('one'), outbox.isTold('later')]).toEqual([false, false]);
});

test('several that were gathered are one, under one id, after a restart too', () => {
  const mails = [...keep(1, event('one')), ...keep(2, event('two'))].filter(({ sink }) => sink === 'mail');
  outbox.gather(mails, 'both');
  again();
  const both = [...outbox.deliveries].find(({ id }) => id === 'both');
  expect(both && outbox.eventsOf(both).map(({ id }) => id)).toEqual(['one', 'two']);
  if (both) outbox.done(both);
  again();
  expect(waiting()).toEqual(['webhook lines-missing one 0', 'webhook lines-missing two 0']);
});

test('the file is written anew when most of it is done with, and says the same', () => {
  const large = 'x'.repeat(100_000);
  const [first, second] = keep(1, event('kept', 'y'), event('half'));
  if (first) outbox.done(first);
  if (second) outbox.failed(second, 7);
  const gathered = outbox.gather(
    [...outbox.deliveries].filter(({ sink }) => sink === 'mail'),
    'alone',
  );
  for (let round = 0; round < 400; round++)
    for (const delivery of keep(2, event(`r${round}`, large))) outbox.done(delivery);
  expect(statSync(join(folder, 'outbox')).size).toBeLessThan(20_000_000);
  const before = waiting();
  expect(outbox.eventsOf(gathered).map(({ id }) => id)).toEqual(['half']);
  again();
  expect(waiting().sort()).toEqual(before.sort());
  expect(before).toEqual(['mail alone 0', 'webhook lines-missing half 0', 'webhook lines-missing kept 1'].sort());
  expect([...outbox.deliveries].flatMap((each) => outbox.eventsOf(each).map(({ id }) => id)).sort()).toEqual([
    'half',
    'half',
    'kept',
  ]);
});

test('two processes cannot have it open', () => {
  expect(() => new Outbox(folder)).toThrow('in use by another sftpjail watch');
});

test('what comes from elsewhere is kept beside, and the reading stays where it was', () => {
  const beside = (...ids: string[]) =>
    outbox.keepBeside(
      ids.map((id) => ({ event: event(id), targets: TARGETS })),
      ids,
    );
  expect(() => beside('early')).toThrow(/not read yet/);
  keep(3, event('one'));
  expect(beside('quota', 'another')).toHaveLength(4);
  again();
  expect(outbox.position).toEqual(position(3));
  expect(waiting().filter((each) => each.startsWith('mail'))).toEqual([
    ...['mail lines-missing one 0', 'mail lines-missing quota 0', 'mail lines-missing another 0'],
  ]);
  expect(['one', 'quota', 'another', 'other'].map((id) => outbox.isTold(id))).toEqual([true, true, true, false]);
  // The next batch of the logs is kept as if nothing had come between.
  keep(4, event('two'));
  again();
  expect([outbox.position, outbox.length]).toEqual([position(4), 8]);
});
