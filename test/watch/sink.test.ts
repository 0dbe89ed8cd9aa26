import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import type { Duration, HostPath } from '../../src/spec.ts';
import type { Event } from '../../src/watch/event.ts';
import { openHooks, variablesOf } from '../../src/watch/hooks.ts';
import { Outbox } from '../../src/watch/outbox.ts';
import type { Position } from '../../src/watch/position.ts';
import { type Sink, SinkQueue } from '../../src/watch/sink.ts';
import { openWebhooks, signatureOf } from '../../src/watch/webhooks.ts';

let folder: string;
let outbox: Outbox;
let reports: string[];
const queues: SinkQueue[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sftpjail-sink.'));
  outbox = new Outbox(join(folder, 'outbox'));
  reports = [];
});
afterEach(async () => {
  await Promise.all(queues.splice(0).map((queue) => queue.end(0)));
  outbox.close();
  rmSync(folder, { recursive: true });
});

const RETRY = { first: 40, most: 160, for: 600_000 };

function open(sink: Partial<Sink> & Pick<Sink, 'deliver'>, retry = RETRY): SinkQueue {
  const queue = new SinkQueue({ name: 'it', concurrency: 2, gather: null, ...sink }, outbox, retry, (text) =>
    reports.push(text),
  );
  queues.push(queue);
  return queue;
}

const event = (id: string): Event => ({
  ...{ v: 1, event: 'lines-missing', id, at: null, host: 'h', user: null, client: { ip: null, port: null } },
  ...{ log: 'l', from: 'f', to: 't' },
});
const position: Position = { v: 1, host: 'h', second: 1, mark: 1, logs: [], orphans: [] };
const keep = (ids: readonly string[], target = { sink: 'it', to: '', gather: 0 }) =>
  outbox.keep(
    ids.map((id) => ({ event: event(id), targets: [target] })),
    { position, told: [], mark: 1 },
  );

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; !isSo(); await sleep(5))
    if (Date.now() > end) throw new Error(`not so after 20 s: ${what}\n${reports.join('\n')}`);
}

describe('a queue', () => {
  test('tries again after its steps, not before, and keeps what it could not deliver', async () => {
    const attempts: number[] = [];
    const queue = open({
      async deliver() {
        attempts.push(Date.now());
        if (attempts.length < 6) throw new Error('down');
      },
    });
    for (const delivery of keep(['one'])) queue.add(delivery);
    await until('delivered', () => queue.counts.delivered === 1);
    const waits = attempts.slice(1).map((at, index) => at - (attempts[index] as number));
    console.log(`attempts after ${waits.join(', ')} ms`);
    for (const [index, least] of [40, 80, 160, 160, 160].entries())
      expect(waits[index]).toBeGreaterThanOrEqual(least - 1);
    expect(queue.counts).toEqual({ delivered: 1, failed: 5, givenUp: 0, waiting: 0 });
    expect(outbox.length).toBe(0);
  });

  test('goes on with its steps after a restart', async () => {
    const down = open({
      async deliver() {
        throw new Error('down');
      },
    });
    for (const delivery of keep(['one'])) down.add(delivery);
    await until('tried', () => down.counts.failed === 3);
    await down.end(0);
    outbox.close();
    outbox = new Outbox(join(folder, 'outbox'));
    const [delivery] = outbox.deliveries;
    expect(delivery?.attempts).toBe(3);
    expect(delivery?.due).toBeGreaterThan(Date.now() - 160);
  });

  test('gives up in the end, and says so', async () => {
    const queue = open(
      {
        async deliver() {
          throw new Error('down');
        },
      },
      { ...RETRY, for: 100 },
    );
    for (const delivery of keep(['one'])) queue.add(delivery);
    await until('given up', () => queue.counts.givenUp === 1);
    expect(reports.at(-1)).toMatch(/^it: lines-missing one: given up after \d attempts: down$/);
    expect(outbox.length).toBe(0);
  });

  test('that hangs holds up no other', async () => {
    const hanging = open({ name: 'hanging', deliver: () => new Promise(() => {}) });
    const quick = open({ async deliver() {} });
    for (const delivery of keep(['a', 'b', 'c'], { sink: 'hanging', to: '', gather: 0 })) hanging.add(delivery);
    for (const delivery of keep(['a', 'b', 'c'])) quick.add(delivery);
    await until('told', () => quick.counts.delivered === 3);
    expect(hanging.counts).toMatchObject({ delivered: 0, waiting: 3 });
  });

  test('gathers what comes within its time, for each recipient', async () => {
    const told: string[] = [];
    const queue = open({
      gather: { isMeant: () => true, id: (all) => `digest of ${all.length}` },
      async deliver(events, { id, to }) {
        told.push(`${to}: ${id}: ${events.map((each) => each.id)}`);
      },
    });
    for (const delivery of keep(['a', 'b', 'c'], { sink: 'it', to: 'x', gather: 60 })) queue.add(delivery);
    for (const delivery of keep(['d'], { sink: 'it', to: 'y', gather: 60 })) queue.add(delivery);
    await until('told', () => told.length === 2);
    expect(told.sort()).toEqual(['x: digest of 3: a,b,c', 'y: lines-missing d: d']);
    expect([queue.counts.waiting, outbox.length]).toEqual([0, 0]);
  });
});

describe('a hook', () => {
  const script = (text: string, mode = 0o755): string => {
    const path = join(folder, 'hook');
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, mode);
    return path;
  };
  const run = (command: string[], timeout = '5s') => {
    const hooks = { ...DEFAULT_CONFIG.hooks, timeout: timeout as Duration, 'lines-missing': command };
    const sink = openHooks({ ...DEFAULT_CONFIG, hooks });
    return sink.deliver([event('one')], { id: '', to: '', parts: [] }, new AbortController().signal);
  };

  test('is given the event, and its own words as they are', async () => {
    const out = join(folder, 'out');
    await run([
      script('{ echo "$2"; echo "$SFTPJAIL_EVENT $SFTPJAIL_ID"; env | wc -l; cat; } > "$1"'),
      out,
      '$(id) "; rm *',
    ]);
    const [words, variables, , json] = readFileSync(out, 'utf8').split('\n');
    expect([words, variables]).toEqual(['$(id) "; rm *', 'lines-missing one']);
    expect(JSON.parse(json ?? '')).toEqual(event('one'));
  });

  test.each([
    ['ends with an error', 'echo why >&2; exit 3', 0o755, /hook ended with status 3: why$/],
    ['hangs', 'sleep 1000', 0o755, /hook took longer than 1 s$/],
    ['ignores being asked to end', 'trap "" TERM INT; sleep 1000; sleep 1000', 0o755, /took longer than 1 s$/],
    ['is not executable', 'true', 0o644, /hook cannot be run: .*EACCES/],
    ['prints without end', 'yes', 0o755, /took longer than 1 s: (y\n)+y$/],
  ])('that %s is reported', async (_, text, mode, said) => {
    await expect(run([script(text, mode)], '1s')).rejects.toThrow(said);
  });

  test('that prints a gigabyte costs no memory', async () => {
    const before = process.memoryUsage.rss();
    await run([script('head -c 1000000000 /dev/zero; head -c 1000000 /dev/zero >&2')], '60s');
    expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000);
  });

  test('leaves nothing running', async () => {
    const mark = join(folder, 'still-there');
    await run([script(`(sleep 0.4; touch "${mark}") & (sleep 0.4; touch "${mark}") > /dev/null 2>&1 &`)]);
    await sleep(700);
    expect(existsSync(mark)).toBe(false);
  });

  test('is told in variables which quota was reached', () => {
    const quota = { kind: 'storage', period: '2026-10', percent: 80, used: 8e11, limit: 1e12 } as const;
    const common = {
      v: 1,
      id: 'acme-storage-2026-10-80',
      at: null,
      host: 'h',
      client: { ip: null, port: null },
    } as const;
    expect(variablesOf({ ...common, event: 'quota-reached', user: 'acme', quota })).toMatchObject({
      ...{ SFTPJAIL_EVENT: 'quota-reached', SFTPJAIL_USER: 'acme', SFTPJAIL_KIND: 'storage' },
      ...{ SFTPJAIL_PERIOD: '2026-10', SFTPJAIL_PERCENT: '80', SFTPJAIL_USED: '800000000000' },
      SFTPJAIL_LIMIT: '1000000000000',
    });
  });

  test('gets a name as it is in its variables', () => {
    const transfer = { path: 'a\nb\0c', bytesWritten: 5 };
    const variables = variablesOf({
      ...event('x'),
      event: 'upload-completed',
      sessionId: 's',
      login: null,
      transfer,
    } as never);
    expect(variables).toMatchObject({ SFTPJAIL_PATH: 'a\nbc', SFTPJAIL_BYTES: '5', SFTPJAIL_USER: '' });
  });
});

describe('a webhook', () => {
  let server: Server;
  let asked: { headers: IncomingHttpHeaders; body: string }[];
  let status: number;
  let url: string;
  beforeEach(async () => {
    asked = [];
    status = 200;
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        asked.push({ headers: request.headers, body });
        response.writeHead(status, { location: '/elsewhere' }).end('x'.repeat(1_000_000));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`;
    writeFileSync(join(folder, 'secret'), 'a secret\n');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const post = () => {
    const [sink] = openWebhooks({
      ...DEFAULT_CONFIG,
      webhooks: [{ url, on: ['lines-missing'], secretFile: join(folder, 'secret') as HostPath }],
    });
    return sink?.deliver([event('one')], { id: 'lines-missing one', to: '', parts: [] }, new AbortController().signal);
  };

  test('posts the event, signed', async () => {
    await post();
    const [{ headers, body } = { headers: {}, body: '' }] = asked;
    expect(JSON.parse(body)).toEqual(event('one'));
    expect(headers).toMatchObject({ 'x-sftpjail-event': 'lines-missing', 'x-sftpjail-id': 'one' });
    const time = String(headers['x-sftpjail-timestamp']);
    expect(headers['x-sftpjail-signature']).toBe(signatureOf('a secret', time, body));
    expect(signatureOf('another', time, body)).not.toBe(headers['x-sftpjail-signature']);
  });

  test.each([302, 404, 500])('that is answered with %d is tried again, and goes nowhere else', async (answer) => {
    status = answer;
    await expect(post()).rejects.toThrow(`${url} answered ${answer}`);
    expect(asked).toHaveLength(1);
  });

  test('that nobody answers is tried again', async () => {
    server.close();
    server.closeAllConnections();
    await expect(post()).rejects.toThrow('ECONNREFUSED');
  });
});
