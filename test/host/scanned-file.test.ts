import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { compiled } from '../../scanner.config.mts';
import { openLogFile } from '../../src/host/log-file.ts';
import { beginScan } from '../../src/host/scanned-file.ts';
import { Fold } from '../../src/log/fold.ts';
import { readLog } from '../../src/log/read.ts';
import type { Session } from '../../src/log/session.ts';
import { type Piece, readSources } from '../../src/log/sources.ts';

const MEBIBYTE = 1 << 20;

let folder: string;
let worker: string;
let log: string;
let bytes: Buffer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scanned-'));
  const input = resolve(import.meta.dirname, '../../src/host/scan-worker.ts');
  const build = await rolldown({ input, platform: 'node', plugins: [compiled] });
  worker = join(folder, 'worker.cjs');
  await build.write({ file: worker, format: 'cjs' });
  log = join(folder, 'log');
  bytes = Buffer.concat(Array.from({ length: 3000 }, (_, number) => Buffer.from(session(number))));
  writeFileSync(log, bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A short session at a second of its own; now and then the names are odd and long. */
function session(number: number): string {
  const stamp = new Date(Date.UTC(2026, 10, 20) + number * 1000).toISOString().replace('Z', '001+00:00');
  const head = `${stamp} sftp1 internal-sftp[${1000 + (number % 500)}]: `;
  const path = `/data/${number % 7 === 0 ? '\\303\\251" new "' : 'x'.repeat(number % 480)}`;
  const messages = [
    'session opened for local user acme from [192.0.2.7]',
    `open "${path}" flags WRITE,CREATE,TRUNCATE mode 0644`.slice(0, 500),
    `close "${path}" bytes read 0 written ${number}`.slice(0, 500),
    ...Array.from({ length: 20 }, () => `stat name "${path}"`.slice(0, 500)),
    'session closed for local user acme from [192.0.2.7]',
  ];
  return messages.map((message) => `${head}${message}\n`).join('');
}

async function sessionsOf(pieces: () => AsyncIterable<Piece>): Promise<Session[]> {
  const found: Session[] = [];
  const fold = new Fold(100, { onSession: (one) => void found.push(one), onLogin() {} });
  const chunks = async function* () {
    yield bytes;
  };
  await readSources([[{ chunks, pieces, year: 2026 }]], 'UTC', fold);
  fold.end();
  return found;
}

const opened = async (use: (fd: number) => Promise<unknown>) => {
  const fd = openSync(log, 'r');
  try {
    return await use(fd);
  } finally {
    closeSync(fd);
  }
};

describe('a log that another thread scans', () => {
  test('comes whole and in order, and tells what it tells without', async () => {
    expect(bytes.length).toBeGreaterThan(10 * MEBIBYTE);
    await opened(async (fd) => {
      const pieces: Buffer[] = [];
      for await (const piece of beginScan(fd, worker).pieces()) pieces.push(Buffer.from(piece.bytes));
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      const { sessions } = readLog(bytes, { detail: 100 });
      expect(await sessionsOf(() => beginScan(fd, worker).pieces())).toEqual(sessions);
    });
  });

  test('is scanned here until the thread is there, which goes on', async () => {
    const path = join(folder, 'says-where.cjs');
    const said = join(folder, 'where');
    const program = `const fs = require('node:fs');
      const { readSync } = fs;
      fs.readSync = (fd, into, at, length, position) => {
        if (!fs.existsSync(${JSON.stringify(said)})) fs.writeFileSync(${JSON.stringify(said)}, String(position));
        return readSync(fd, into, at, length, position);
      };
      require(${JSON.stringify(worker)});`;
    writeFileSync(path, program);
    const { sessions } = readLog(bytes, { detail: 100 });
    await opened(async (fd) => {
      const slowly = async function* () {
        for await (const piece of beginScan(fd, path).pieces()) {
          yield piece;
          await sleep(40);
        }
      };
      expect(await sessionsOf(slowly)).toEqual(sessions);
    });
    const from = Number(readFileSync(said, 'utf8'));
    expect(from).toBeGreaterThan(0);
    expect(from).toBeLessThan(bytes.length - MEBIBYTE);
  });

  test('comes whole from a thread that has ended before it was heard', async () => {
    const path = join(folder, 'mute.cjs');
    // Slower at first than its reader, who waits then.
    const program = `const fs = require('node:fs');
      require('node:worker_threads').parentPort.postMessage = () => {};
      const { readSync } = fs;
      let hasSlept = false;
      fs.readSync = (...all) => {
        if (!hasSlept) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
        hasSlept = true;
        return readSync(...all);
      };
      require(${JSON.stringify(worker)});`;
    writeFileSync(path, program);
    const short = join(folder, 'short');
    // All that is left for the thread has room in its slots.
    writeFileSync(short, bytes.subarray(0, 12 * MEBIBYTE));
    const fd = openSync(short, 'r');
    let length = 0;
    for await (const piece of beginScan(fd, path).pieces()) {
      length += piece.bytes.length;
      if (length < 5 * MEBIBYTE) await sleep(40);
    }
    closeSync(fd);
    expect(length).toBe(12 * MEBIBYTE);
  });

  test('and is not asked for after all: its thread ends', async () => {
    const large = join(folder, 'not-read');
    writeFileSync(large, Buffer.concat([bytes, bytes, bytes, bytes]));
    const file = await openLogFile(large, { warn() {}, worker });
    file?.inThreads?.begin();
    file?.inThreads?.begin();
    await file?.close();
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Worker')).toEqual([]);
  });

  test('is read line by line where there is no address space for a scanner', async () => {
    const memory = class {
      constructor() {
        throw new RangeError('could not allocate memory');
      }
    };
    const large = join(folder, 'no-room');
    writeFileSync(large, Buffer.concat([bytes, bytes, bytes, bytes]));
    const file = await openLogFile(large, { warn() {}, worker });
    vi.stubGlobal('WebAssembly', { ...WebAssembly, Memory: memory });
    const read: Buffer[] = [];
    for await (const piece of file?.inThreads?.pieces() ?? []) {
      expect(piece.scanned).toBe(null);
      read.push(Buffer.from(piece.bytes));
    }
    vi.unstubAllGlobals();
    await file?.close();
    expect(Buffer.concat(read).equals(Buffer.concat([bytes, bytes, bytes, bytes]))).toBe(true);
  });

  test('is left behind by a reader who has seen enough', async () => {
    await opened(async (fd) => {
      for await (const { bytes: first } of beginScan(fd, worker).pieces()) {
        expect(first.equals(bytes.subarray(0, first.length))).toBe(true);
        break;
      }
    });
  });

  test('is let go by a reader who has seen enough with the first piece', async () => {
    let isOpen = true;
    const pieces = async function* (): AsyncGenerator<Piece> {
      try {
        for (;;) yield { bytes, scanned: null };
      } finally {
        isOpen = false;
      }
    };
    const chunks = async function* () {
      yield bytes;
    };
    const onSession = () => {
      throw new Error('seen enough');
    };
    const fold = new Fold(100, { onSession, onLogin() {} });
    const read = readSources([[{ chunks, pieces, year: 2026 }]], 'UTC', fold);
    await expect(read).rejects.toThrow('seen enough');
    expect(isOpen).toBe(false);
  });

  test('is read to its end where a line is longer than a piece, and where it ends without a newline', async () => {
    const large = join(folder, 'long-lines');
    const long = Buffer.alloc(3 * MEBIBYTE, 'x');
    const parts = [bytes, bytes, long, Buffer.from('\n'), bytes, bytes.subarray(0, -1)];
    writeFileSync(large, Buffer.concat(parts));
    const file = await openLogFile(large, { warn() {}, worker });
    const read: Buffer[] = [];
    for await (const piece of file?.inThreads?.pieces() ?? []) read.push(Buffer.from(piece.bytes));
    await file?.close();
    expect(Buffer.concat(read).equals(Buffer.concat(parts))).toBe(true);
  });

  test('leaves time for what else happens, a Ctrl-C say', async () => {
    const large = join(folder, 'twice');
    writeFileSync(large, Buffer.concat([bytes, bytes]));
    const fd = openSync(large, 'r');
    let [turns, pieces] = [0, 0];
    let timer: NodeJS.Timeout | undefined;
    for await (const piece of beginScan(fd, worker).pieces()) {
      if (pieces++ === 4) timer = setInterval(() => turns++, 0);
      // Slower than the thread, so that it is never waited for.
      for (const until = performance.now() + 5; performance.now() < until; ) piece.bytes.indexOf('nobody');
    }
    clearInterval(timer);
    closeSync(fd);
    expect(pieces).toBeGreaterThan(16);
    expect(turns).toBeGreaterThan(1);
  });

  test('by a thread that fails on its way is read to its end', async () => {
    const path = join(folder, 'fails-later.cjs');
    const program = `const fs = require('node:fs');
      const { readSync } = fs;
      let left = 10;
      fs.readSync = (...all) => {
        if (left-- === 0) throw new Error('a bad sector');
        return readSync(...all);
      };
      require(${JSON.stringify(worker)});`;
    writeFileSync(path, program);
    const large = join(folder, 'large');
    writeFileSync(large, Buffer.concat([bytes, bytes, bytes, bytes]));
    const file = await openLogFile(large, { warn() {}, worker: path });
    const read: { bytes: Buffer; isScanned: boolean }[] = [];
    for await (const piece of file?.inThreads?.pieces() ?? [])
      read.push({ bytes: Buffer.from(piece.bytes), isScanned: piece.scanned !== null });
    await file?.close();
    // Some before the thread was there, and ten by it.
    expect(read.filter(({ isScanned }) => isScanned).length).toBeGreaterThanOrEqual(10);
    expect(read.at(-1)?.isScanned).toBe(false);
    expect(Buffer.concat(read.map((piece) => piece.bytes)).equals(Buffer.concat([bytes, bytes, bytes, bytes]))).toBe(
      true,
    );
  });

  test.each([
    ['cannot start', 'no-such-file.cjs', ''],
    ['fails at once', 'fails.cjs', 'throw new Error("out of memory");'],
    ['ends at once', 'ends.cjs', ''],
  ])('where a thread %s is scanned without', async (_, name, program) => {
    const path = join(folder, name);
    if (name !== 'no-such-file.cjs') writeFileSync(path, program);
    const large = join(folder, 'large');
    writeFileSync(large, Buffer.concat([bytes, bytes, bytes, bytes]));
    const file = await openLogFile(large, { warn() {}, worker: path });
    const read: Buffer[] = [];
    for await (const piece of file?.inThreads?.pieces() ?? []) {
      expect(piece.scanned).not.toBe(null);
      read.push(Buffer.from(piece.bytes));
    }
    await file?.close();
    expect(Buffer.concat(read).equals(Buffer.concat([bytes, bytes, bytes, bytes]))).toBe(true);
  });
});
