import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import type { Session } from '../../src/log/session.ts';
import { millisecondsOf } from '../../src/spec.ts';
import { sessionClosed } from '../../src/watch/event.ts';
import { openMail } from '../../src/watch/mail.ts';
import { Outbox } from '../../src/watch/outbox.ts';
import type { Position } from '../../src/watch/position.ts';
import { SinkQueue } from '../../src/watch/sink.ts';
import { CERTIFICATE } from '../support/certificate.ts';

/** The server that tests use waits for 100 ms before it greets: no more than get their turn in an hour of this day. */
const MAILS = 16;
/** The day of the default schedule lasts eleven seconds here. */
const SHORTER = 8000;
const DAY = 86_400_000 / SHORTER;
const { first, most } = DEFAULT_CONFIG.watch.retry;
const RETRY = { first: millisecondsOf(first) / SHORTER, most: millisecondsOf(most) / SHORTER, for: 5 * DAY };

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sftpjail-mail.'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true });
});

/** @param answer what becomes of a recipient: null where it is taken */
async function serve(port: number, answer: () => Error | null, taken: string[]): Promise<number> {
  const server = new SMTPServer({
    ...CERTIFICATE,
    authOptional: true,
    disableReverseLookup: true,
    onRcptTo: (_, __, done) => done(answer()),
    onData(stream, _, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
      });
      stream.on('end', () => {
        taken.push(/^X-Sftpjail-Id: session-closed (\w+)/im.exec(text)?.[1] ?? text);
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((done) => void server.listen(port, '127.0.0.1', done));
  ends.push(() => new Promise<void>((done) => server.close(done)));
  return (server.server.address() as AddressInfo).port;
}

const session = (id: string): Session => ({
  ...{ v: 1, id, host: 'h1', user: 'acme', client: { ip: '10.0.0.1', port: 5 }, login: null },
  ...{ opened: '2026-11-20T10:00:00Z', closed: '2026-11-20T10:00:02Z', end: 'closed' },
  ...{ transfers: [], changes: [] },
  totals: {
    ...{ uploads: 0, downloads: 0, bytesIn: 0, bytesOut: 0, bytesCopied: 0, removed: 0, failed: 0, exact: true },
  },
});

const position: Position = { v: 1, host: 'h1', second: 1, mark: 1, logs: [], orphans: [] };

/** Bytes that are in use, once what is not is gone. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return process.memoryUsage().heapUsed;
}

test('a mail server that is down for a day costs no mail, no early attempt and no memory', async () => {
  // A port that nobody listens on, until it is taken.
  const taken: string[] = [];
  const port = await serve(0, () => null, taken);
  await ends.pop()?.();
  const { mail } = DEFAULT_CONFIG;
  const config = {
    ...DEFAULT_CONFIG,
    mail: { ...mail, smtp: { ...mail.smtp, host: '127.0.0.1', port, tls: 'none' as const } },
  };
  const own = (name: string) => readFileSync(join(import.meta.dirname, '../../templates', name), 'utf8');
  const sink = openMail(config, own);
  const attempts = new Map<string, number[]>();
  const outbox = new Outbox(folder);
  ends.push(async () => outbox.close());
  const queue = new SinkQueue(
    {
      ...sink,
      deliver(events, delivery, signal) {
        attempts.set(delivery.id, [...(attempts.get(delivery.id) ?? []), Date.now()]);
        return sink.deliver(events, delivery, signal);
      },
    },
    outbox,
    RETRY,
    () => {},
  );
  ends.push(() => queue.end(0));
  const events = Array.from({ length: MAILS }, (_, n) => ({
    event: sessionClosed(session(String(n))),
    targets: [{ sink: 'mail', to: 'admin@example.com', gather: 0 }],
  }));
  const start = Date.now();
  for (const delivery of outbox.keep(events, { position, told: [], mark: 1 })) queue.add(delivery);

  // The first hours nobody answers; then somebody does, and takes none.
  let isDown = true;
  await sleep(DAY / 4);
  const early = memory();
  await serve(port, () => (isDown ? Object.assign(new Error('try later'), { responseCode: 451 }) : null), taken);
  await sleep(start + DAY - Date.now());
  const late = memory();
  expect([taken.length, outbox.length]).toEqual([0, MAILS]);
  isDown = false;
  for (const end = Date.now() + 60_000; outbox.length > 0 && Date.now() < end; ) await sleep(10);

  expect(taken.map(Number).sort((one, other) => one - other)).toEqual(Array.from({ length: MAILS }, (_, n) => n));
  const times = attempts.get('session-closed 0') ?? [];
  console.log(
    `attempts after ${times.map((at) => `${(((at - start) * SHORTER) / 3_600_000).toFixed(1)} h`).join(', ')}`,
  );
  expect(Math.min(...[...attempts.values()].map(({ length }) => length))).toBeGreaterThan(10);
  for (const each of attempts.values())
    for (const [index, at] of each.slice(1).entries())
      expect(at - (each[index] as number)).toBeGreaterThanOrEqual(
        Math.floor(Math.min(RETRY.most, RETRY.first * 2 ** index)),
      );
  console.log(
    `${Math.round(early / 1e5) / 10} MB in use after a quarter of it, ${Math.round(late / 1e5) / 10} MB after it`,
  );
  expect(late).toBeLessThan(early + 2_000_000);
}, 120_000);
