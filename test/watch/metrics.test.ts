import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Session } from '../../src/log/session.ts';
import type { Batch } from '../../src/watch/follow.ts';
import { Metrics, serveMetrics, writeMetrics } from '../../src/watch/metrics.ts';
import type { SinkQueue } from '../../src/watch/sink.ts';

const session = (user: string, bytesIn: number | null): Session => ({
  ...{ v: 1, id: 'abc', host: 'h1', user, client: { ip: null, port: null }, login: null },
  ...{ opened: null, closed: null, end: 'closed', transfers: [], changes: [] },
  totals: { uploads: 2, downloads: 0, bytesIn, bytesOut: 0, bytesCopied: 0, removed: 0, failed: 1, exact: true },
});
const batch = (more: Partial<Batch>): Batch => ({
  ...{ sessions: [], settled: [], logins: [], opened: [], accepted: [], uploads: [], touches: [] },
  ...{ gaps: [], told: [], mark: 1, lag: 1500 },
  position: { v: 1, host: 'h', second: null, mark: 1, logs: [], orphans: [] },
  ...more,
});
const queue = { sink: { name: 'mail' }, counts: { delivered: 3, failed: 2, givenUp: 1, waiting: 4 } } as SinkQueue;

test('what Prometheus is told, by user and by sink, whatever a user is called', async () => {
  const metrics = new Metrics();
  metrics.see(batch({ sessions: [session('acme', 1000), session('acme', null), session('q"\n\\', 5)] }));
  metrics.see(batch({ gaps: [{ id: 'x', log: '/var/log/sftp.log', from: 'a', to: 'b' }], lag: null }));
  const text = metrics.text([queue]);
  const figures = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(figures).toContain('sftpjail_sessions_total{host="h1",user="acme",end="closed"} 2');
  expect(figures).toContain('sftpjail_bytes_total{host="h1",user="acme",direction="in"} 1000');
  expect(figures).toContain('sftpjail_transfers_total{host="h1",user="q\\"\\n\\\\",direction="upload"} 2');
  expect(figures).toContain('sftpjail_gaps_total{log="/var/log/sftp.log"} 1');
  expect(figures).toContain('sftpjail_lag_seconds 1.5');
  expect(figures).toContain('sftpjail_queue_length{sink="mail"} 4');
  expect(figures.filter((line) => !/^[a-z_]+(\{.*\})? [\d.]+$/.test(line))).toEqual([]);

  const folder = mkdtempSync(join(tmpdir(), 'sftpjail-metrics.'));
  writeMetrics(join(folder, 'it.prom'), text);
  expect(readFileSync(join(folder, 'it.prom'), 'utf8')).toBe(text);
  rmSync(folder, { recursive: true });

  const server = await serveMetrics('127.0.0.1', 0, () => text);
  const { port } = server.address() as AddressInfo;
  const answers = await Promise.all(['metrics', 'other'].map((path) => fetch(`http://127.0.0.1:${port}/${path}`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 404]);
  expect(await answers[0]?.text()).toBe(text);
  server.close();
});
