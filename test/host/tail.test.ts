import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LogFile, openLogFile } from '../../src/host/log-file.ts';
import { Tail } from '../../src/host/tail.ts';

let folder: string;
let log: string;
let file: LogFile;
let tail: Tail;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sftpjail-tail.'));
  log = join(folder, 'log');
  writeFileSync(log, 'one\n');
  file = (await openLogFile(log, { warn() {} })) as LogFile;
  tail = new Tail(file, { warn() {} });
  for await (const piece of tail.fromStart()) expect(String(piece)).toBe('one\n');
});
afterEach(async () => {
  await tail.close();
  await file.close();
  rmSync(folder, { recursive: true });
});

/** All that comes until nothing more does. */
async function more(): Promise<string> {
  let text = '';
  for (let piece = await tail.more(); piece.length > 0; piece = await tail.more()) text += piece;
  return text;
}

it('tells whole lines, and of one that is being written nothing', async () => {
  appendFileSync(log, 'two\nthr');
  expect(await more()).toBe('two\n');
  expect(await more()).toBe('');
  appendFileSync(log, 'ee\n');
  expect(await more()).toBe('three\n');
});

it('loses nothing of what rsyslog writes to the old log after logrotate has made the new one', async () => {
  renameSync(log, `${log}.1`);
  writeFileSync(log, '');
  expect(await more()).toBe('');
  appendFileSync(`${log}.1`, 'late\n');
  expect(await more()).toBe('late\n');
  appendFileSync(`${log}.1`, 'last\n');
  appendFileSync(log, 'first\n');
  expect(await more()).toBe('last\nfirst\n');
});

it('goes on through one rotation after another, with no file between them', async () => {
  for (const word of ['a', 'b', 'c']) {
    renameSync(log, `${log}.1`);
    expect(await more()).toBe('');
    writeFileSync(log, `${word}\n`);
    expect(await more()).toBe(`${word}\n`);
  }
});

it('begins anew in a log that was emptied', async () => {
  truncateSync(log);
  appendFileSync(log, 'x\n');
  expect(await more()).toBe('x\n');
});

it('ends the last line of the old log, which may lack its end', async () => {
  appendFileSync(log, 'torn');
  renameSync(log, `${log}.1`);
  writeFileSync(log, 'new\n');
  expect(await more()).toBe('');
  expect(await more()).toBe('torn\nnew\n');
});
