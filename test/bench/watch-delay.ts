import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import type { HostPath } from '../../src/spec.ts';
import { eventsOf } from '../../src/watch/event.ts';
import { openFollower } from '../../src/watch/follow.ts';
import { Outbox } from '../../src/watch/outbox.ts';
import { SinkQueue } from '../../src/watch/sink.ts';
import { openWebhooks, webhookName } from '../../src/watch/webhooks.ts';
import { ms } from './ratio.ts';
import { makeCustomers } from './sftp-log/customers.ts';
import { seeded } from './sftp-log/random.ts';
import { ordinaryRequests } from './sftp-log/requests.ts';
import { sessionLines } from './sftp-log/session.ts';

const SESSIONS = 1000;
/** Milliseconds from one session to the next. */
const APART = 20;
const RETRY = { first: 1000, most: 1000, for: 60_000 };

/** How long a session that is settled takes to be on disk and then at a web server; and how long one takes to be settled. */
export async function benchWatchDelay(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-bench.'));
  const arrived = new Map<string, number>();
  const server = createServer((request, response) => {
    arrived.set(String(request.headers['x-sftpjail-id']), Date.now());
    request.resume();
    response.end();
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    writeFileSync(join(folder, 'secret'), 'a secret\n');
    const { settled, closed } = await follow(folder, url, arrived);
    const delays = [...settled].map(([id, at]) => (arrived.get(id) ?? Number.NaN) - at);
    const waits = [...settled].map(([id, at]) => at - (closed.get(id) ?? Number.NaN));
    console.log(`\n${SESSIONS} sessions, ${APART} ms apart, each told to a web server on this machine`);
    say('from being settled to being told', delays, { median: 100, worst: 1000 });
    say('from the last line to being settled', waits);
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

function say(what: string, times: number[], limits?: { median: number; worst: number }): void {
  const [median, worst] = [times.sort((one, other) => one - other)[times.length >> 1] ?? NaN, times.at(-1) ?? NaN];
  const isWithin = limits === undefined || (median < limits.median && worst < limits.worst);
  const verdict = limits && `: ${isWithin ? 'ok' : 'OVER'}, limits ${limits.median} and ${limits.worst} ms`;
  console.log(`${ms(median)}  ${what}, worst ${worst.toFixed(0)} ms${verdict ?? ''}`);
}

/** What `sftpjail watch` does. @returns when each session was settled, and when its last line was written */
async function follow(folder: string, url: string, arrived: ReadonlyMap<string, number>) {
  const log = join(folder, 'sftp.log');
  writeFileSync(log, '');
  const webhooks = [{ url, on: ['session-closed' as const], secretFile: join(folder, 'secret') as HostPath }];
  const [sink] = openWebhooks({ ...DEFAULT_CONFIG, webhooks });
  if (sink === undefined) throw new Error('no sink');
  const outbox = new Outbox(join(folder, 'outbox'));
  const queue = new SinkQueue(sink, outbox, RETRY, console.error);
  const follower = await openFollower({
    ...{ logs: [log], position: null, timezone: 'UTC', detail: DEFAULT_CONFIG.log.detail },
    ...{ isTold: (id) => outbox.isTold(id), warn: console.error },
  });
  const [settled, closed] = [new Map<string, number>(), new Map<string, number>()];
  const stop = new AbortController();
  let writing: Promise<void> | null = null;
  const targets = [{ sink: webhookName(0), to: '', gather: 0 }];
  for await (const batch of follower.batches(stop.signal)) {
    // The first one says from where it listens.
    writing ??= writeSessions(log);
    const now = Date.now();
    for (const { id, closed: at } of batch.sessions) {
      settled.set(id, now);
      closed.set(id, Date.parse(at ?? ''));
    }
    const events = eventsOf(batch, hostname()).filter(({ event }) => event === 'session-closed');
    for (const delivery of outbox.keep(
      events.map((event) => ({ event, targets })),
      batch,
    ))
      queue.add(delivery);
    if (settled.size === SESSIONS) stop.abort();
  }
  await writing;
  for (const end = Date.now() + 60_000; arrived.size < SESSIONS && Date.now() < end; ) await sleep(5);
  await queue.end(0);
  await follower.close();
  outbox.close();
  return { settled, closed };
}

async function writeSessions(log: string): Promise<void> {
  const random = seeded(1);
  const customers = makeCustomers(400, random);
  let pid = 1000;
  const start = Date.now();
  for (let n = 0; n < SESSIONS; n++) {
    const course = { customer: random.pick(customers), requests: ordinaryRequests, length: 30 };
    let text = '';
    for (const line of sessionLines({ ...course, ended: () => false, random, nextPid: () => ++pid }))
      text += `${new Date().toISOString().replace('Z', '000+00:00')} sftp1 ${line}\n`;
    appendFileSync(log, text);
    await sleep(start + (n + 1) * APART - Date.now());
  }
}
