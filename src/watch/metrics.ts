import { renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { Session } from '../log/session.ts';
import type { Batch } from './follow.ts';
import type { SinkQueue } from './sink.ts';

type Labels = Record<string, string>;

/** Users and hosts come from logs: more of them than this are counted together. */
const MOST_SERIES = 10_000;

class Counter {
  readonly values = new Map<string, number>();
  readonly name: string;
  readonly help: string;

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  add(labels: Labels, value: number): void {
    let key = labelsText(labels);
    if (!this.values.has(key) && this.values.size >= MOST_SERIES) key = '{other="true"}';
    this.values.set(key, (this.values.get(key) ?? 0) + value);
  }

  text(): string {
    return family(this.name, this.help, 'counter', [...this.values]);
  }
}

/** What has happened since the start, for Prometheus (its text format, version 0.0.4). */
export class Metrics {
  private readonly sessions = new Counter('sftpjail_sessions_total', 'Sessions that ended, by how they did.');
  private readonly transfers = new Counter('sftpjail_transfers_total', 'Completed transfers.');
  private readonly bytes = new Counter(
    'sftpjail_bytes_total',
    'Bytes that crossed the wire, as far as they are known.',
  );
  private readonly failures = new Counter('sftpjail_failures_total', 'Transfers and changes that failed.');
  private readonly logins = new Counter('sftpjail_logins_refused_total', 'Logins that were refused.');
  private readonly gaps = new Counter(
    'sftpjail_gaps_total',
    'Times that lines of a log were gone before they were read.',
  );
  private lag = 0;

  see({ sessions, logins, gaps, lag }: Batch): void {
    for (const session of sessions) this.seeSession(session);
    for (const { host, user, outcome } of logins)
      if (outcome === 'refused') this.logins.add({ host, user: user ?? '' }, 1);
    for (const { log } of gaps) this.gaps.add({ log }, 1);
    this.lag = lag ?? this.lag;
  }

  text(queues: readonly SinkQueue[]): string {
    const of = (name: string, help: string, type: string, figure: (queue: SinkQueue) => number) =>
      family(
        name,
        help,
        type,
        queues.map((queue) => [labelsText({ sink: queue.sink.name }), figure(queue)]),
      );
    return [
      ...[this.sessions, this.transfers, this.bytes, this.failures, this.logins, this.gaps].map((each) => each.text()),
      family('sftpjail_lag_seconds', 'Between the last line and its reading.', 'gauge', [['', this.lag / 1000]]),
      of('sftpjail_queue_length', 'Deliveries that are still to be made.', 'gauge', ({ counts }) => counts.waiting),
      of('sftpjail_delivered_total', 'Deliveries that were made.', 'counter', ({ counts }) => counts.delivered),
      of('sftpjail_attempts_failed_total', 'Attempts that failed.', 'counter', ({ counts }) => counts.failed),
      of('sftpjail_given_up_total', 'Deliveries that were given up.', 'counter', ({ counts }) => counts.givenUp),
    ].join('');
  }

  private seeSession({ host, user, end, totals }: Session): void {
    const who = { host, user: user ?? '' };
    this.sessions.add({ ...who, end }, 1);
    this.transfers.add({ ...who, direction: 'upload' }, totals.uploads ?? 0);
    this.transfers.add({ ...who, direction: 'download' }, totals.downloads ?? 0);
    this.bytes.add({ ...who, direction: 'in' }, totals.bytesIn ?? 0);
    this.bytes.add({ ...who, direction: 'out' }, totals.bytesOut ?? 0);
    this.failures.add(who, totals.failed);
  }
}

const family = (name: string, help: string, type: string, values: readonly (readonly [string, number])[]): string =>
  values.length === 0
    ? ''
    : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${values.map(([labels, value]) => `${name}${labels} ${value}\n`).join('')}`;

const labelsText = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))}"`)
    .join(',')}}`;

/** Readers see the file before or the file after. */
export function writeMetrics(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o644 });
  renameSync(`${path}.new`, path);
}

/** Answers GET /metrics. */
export async function serveMetrics(host: string, port: number, text: () => string): Promise<Server> {
  const server = createServer((request, response) => {
    const isAsked = request.method === 'GET' && request.url === '/metrics';
    response.writeHead(isAsked ? 200 : 404, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(isAsked ? text() : 'GET /metrics\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return server;
}
