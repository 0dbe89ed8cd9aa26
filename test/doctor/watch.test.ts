import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { judgeWatch } from '../../src/doctor/watch.ts';
import { readBacklog } from '../../src/watch/backlog.ts';
import type { LinesMissing } from '../../src/watch/event.ts';
import { Outbox } from '../../src/watch/outbox.ts';

const HOUR = 3_600_000;
const now = Date.UTC(2026, 10, 20, 12);
const good = { runs: true, deaf: [], logged: now - 1000, kept: now - 500, now, backlog: [] };
const told = (seen: Partial<typeof good> | object) => judgeWatch({ ...good, ...seen }).map(({ what }) => what);

test('a daemon that keeps up is silent, also where the log is', () => {
  expect(told({})).toEqual([]);
  expect(told({ logged: now - 9 * HOUR, kept: now - 9 * HOUR })).toEqual([]);
  // A line of this moment is not read yet.
  expect(told({ logged: now - 100, kept: now - 9 * HOUR })).toEqual([]);
});

test('one that does not run, or does not read, or cannot deliver, is told of', () => {
  expect(told({ runs: false })).toEqual(['the daemon does not run, or not as its unit stands']);
  expect(told({ logged: now - HOUR, kept: now - 2 * HOUR })).toEqual([
    'the daemon has kept nothing since 2026-11-20T10:00:00Z, and the log goes on to 2026-11-20T11:00:00Z',
  ]);
  expect(told({ backlog: [{ sink: 'mail', count: 2, oldest: now - 2 * HOUR }] })).toEqual([
    'mail: 2 deliveries wait, the first since 2026-11-20T10:00:00Z',
  ]);
  expect(told({ backlog: [{ sink: 'mail', count: 2, oldest: now - HOUR / 2 }] })).toEqual([]);
  expect(told({ deaf: ['sftpjail-hook.socket'] })).toEqual(['sftpjail-hook.socket does not listen']);
});

test('the backlog is what was kept and is not done', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-backlog.'));
  const outbox = new Outbox(folder);
  const event = (id: string): LinesMissing => ({
    ...{ v: 1, event: 'lines-missing', id, at: null, host: 'h', user: null, client: { ip: null, port: null } },
    ...{ log: '/log', from: '', to: '' },
  });
  const position = { v: 1 as const, host: 'h', second: null, mark: 1, logs: [], orphans: [] };
  const targets = ['mail', 'hook'].map((sink) => ({ sink, to: '', gather: 0 }));
  const kept = outbox.keep(
    ['a', 'b', 'c'].map((id) => ({ event: event(id), targets })),
    { position, told: [], mark: 1 },
  );
  const mails = kept.filter(({ sink }) => sink === 'mail');
  outbox.gather(mails.slice(0, 2), 'digest 1');
  for (const delivery of kept.filter(({ sink }) => sink === 'hook')) outbox.done(delivery);
  expect(readBacklog(join(folder, 'outbox'))).toEqual([{ sink: 'mail', count: 2, oldest: mails[0]?.parts[0]?.kept }]);
  expect(readBacklog(join(folder, 'none'))).toEqual([]);
  outbox.close();
  rmSync(folder, { recursive: true });
});
