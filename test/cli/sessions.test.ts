import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSessions } from '../../src/commands/read-sessions.ts';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import type { Context } from '../../src/context.ts';
import { openHost } from '../../src/host/host.ts';
import { typed } from './typed.ts';

const at = (second: number, text: string): string =>
  `2026-11-20T17:16:${String(second).padStart(2, '0')}.000001+00:00 sftp1 internal-sftp[365]: ${text}\n`;
const OPENED = at(1, 'session opened for local user acme from [192.0.2.7]');
const CLOSED = at(2, 'session closed for local user acme from [192.0.2.7]');
/** Of the log's own clock, after which a session is told that has ended. */
const LATER = at(9, 'stat name "/"');

describe('sessions of a log', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sftpjail-sessions-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('that comes slowly are told when they are known, and not when it ends', async () => {
    const fifo = join(folder, 'log');
    execFileSync('mkfifo', [fifo]);
    const told: string[] = [];
    const context = {
      host: openHost(''),
      config: DEFAULT_CONFIG,
      say: { result() {}, note() {}, warn() {}, show() {} },
      now: () => new Date(),
    } as unknown as Context;
    const reading = readSessions(context, { files: [fifo] }, async () => ({
      onSession() {},
      onSettled: ({ head }) => void told.push(`${head.user} ${head.end}`),
      onPause: () => void (told.at(-1) !== 'pause' && told.push('pause')),
    }));
    const writer = await open(fifo, 'w');
    await writer.write(OPENED + CLOSED + LATER);
    while (told.length < 2) await sleep(5);
    expect(told).toEqual(['acme closed', 'pause']);
    await writer.close();
    await reading;
    expect(told).toEqual(['acme closed', 'pause', 'null open', 'pause']);
  });

  it('are printed as JSON, those that end with it too', async () => {
    const log = join(folder, 'log');
    writeFileSync(log, OPENED + CLOSED + LATER);
    const { status, stdout } = await typed('sessions', '--json', log);
    expect(status).toBe(0);
    expect(
      stdout()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).end),
    ).toEqual(['closed', 'open']);
  });
});
