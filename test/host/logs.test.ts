import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, DEFAULT_CONFIG } from '../../src/config.ts';
import type { OperatorError } from '../../src/errors.ts';
import { openHost } from '../../src/host/host.ts';
import type { LogFile } from '../../src/host/log-file.ts';
import { type LogsWish, openLogs } from '../../src/host/logs.ts';
import type { HostPath } from '../../src/spec.ts';

let folder: string;
let warnings: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sftpjail-logs.'));
  mkdirSync(join(folder, 'var/log'), { recursive: true });
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, 'var/log', name);

function put(name: string, content: string | Buffer, day?: number): void {
  writeFileSync(at(name), content);
  if (day !== undefined) utimesSync(at(name), new Date(2026, 10, day), new Date(2026, 10, day));
}

/** A pipe of cron's: there, and empty. */
const terminal = { fd: openSync('/dev/null', 'r'), async *[Symbol.asyncIterator]() {} };

const said = (...texts: string[]) => ({
  fd: terminal.fd,
  async *[Symbol.asyncIterator]() {
    for (const text of texts) yield Buffer.from(text);
  },
});

const open = (wish: Partial<LogsWish> = {}, log: Partial<Config['log']> = {}) =>
  openLogs(
    { host: openHost(folder), config: { ...DEFAULT_CONFIG, log: { ...DEFAULT_CONFIG.log, ...log } } },
    { files: [], since: null, warn: (text) => warnings.push(text), stdin: terminal, ...wish },
  );

async function textOf(file: LogFile): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of file.chunks()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

async function read(wish: Partial<LogsWish> = {}, log: Partial<Config['log']> = {}): Promise<[string, string[]][]> {
  const { sources, close } = await open(wish, log);
  const texts: [string, string[]][] = [];
  for (const { path, files } of sources) {
    const contents: string[] = [];
    for (const file of files) contents.push(await textOf(file));
    texts.push([path.replace(`${folder}/var/log/`, ''), contents]);
  }
  await close();
  return texts;
}

const refusalOf = async (opening: Promise<unknown>) => {
  const error = (await opening.then(
    () => null,
    (thrown) => thrown,
  )) as OperatorError | null;
  return [error?.outcome, error?.message.replaceAll(folder, ''), error?.hint?.replaceAll(folder, '')];
};

describe('the configured logs', () => {
  it('are read from their oldest generation on, gzip decoded, one source for each', async () => {
    put('sftp.log', 'd\n');
    put('sftp.log.1', 'c\n');
    put('sftp.log.2.gz', gzipSync('b\n'));
    put('sftp.log.10.gz', Buffer.concat([gzipSync('a1\n'), gzipSync('a2\n')]));
    put('auth.log', 'y\n');
    put('auth.log.1', 'x\n');
    put('sftp.log.old', 'not ours\n');
    mkdirSync(at('sftp.log.3'));
    expect(await read()).toEqual([
      ['sftp.log', ['a1\na2\n', 'b\n', 'c\n', 'd\n']],
      ['auth.log', ['x\n', 'y\n']],
    ]);
    expect(warnings).toEqual([]);
  });

  it("find sshd's log where there is one", async () => {
    put('sftp.log', 'a\n');
    expect(await read()).toEqual([['sftp.log', ['a\n']]]);
    put('secure-20261120', 's\n');
    expect(await read()).toEqual([
      ['sftp.log', ['a\n']],
      ['secure', ['s\n']],
    ]);
  });

  it("say that sshd's log is missing where it was named", async () => {
    put('sftp.log', 'a\n');
    expect(await read({}, { sshd: '/var/log/sshd.log' as HostPath })).toEqual([['sftp.log', ['a\n']]]);
    expect(warnings).toEqual(['there is no log at /var/log/sshd.log (log.sshd), so logins are not known']);
  });

  it('that are one file are read once', async () => {
    put('sftp.log', 'a\n');
    symlinkSync('sftp.log', at('auth.log'));
    expect(await read()).toEqual([
      ['sftp.log', ['a\n']],
      ['auth.log', []],
    ]);
  });

  it('may be between a rotation and their next line', async () => {
    put('sftp.log.1', 'a\n');
    expect(await read()).toEqual([['sftp.log', ['a\n']]]);
  });

  it('are missed with a way out', async () => {
    expect(await refusalOf(open())).toEqual([
      'refused',
      'there is no log at /var/log/sftp.log',
      'sudo sftpjail init, or name a log: sftpjail sessions FILE',
    ]);
  });

  it('are read from --since on', async () => {
    put('sftp.log.3.gz', gzipSync('older\n'), 1);
    put('sftp.log.2.gz', gzipSync('a\n'), 4);
    put('sftp.log.1', 'b\n', 8);
    put('sftp.log', 'c\n', 15);
    const since = new Date(2026, 10, 8).getTime();
    // One more than was written to since: sessions that went on began there.
    expect(await read({ since })).toEqual([['sftp.log', ['a\n', 'b\n', 'c\n']]]);
    expect(await read({ since: since + 1 })).toEqual([['sftp.log', ['b\n', 'c\n']]]);
    expect(await read({ since: Date.now() + 1e10 })).toEqual([['sftp.log', ['c\n']]]);
  });

  it('tell when each generation was last written to', async () => {
    put('sftp.log.1', 'a\n', 8);
    put('sftp.log', 'b\n', 15);
    const { sources, close } = await open();
    expect(sources[0]?.files.map(({ modified }) => modified?.getDate())).toEqual([8, 15]);
    await close();
  });

  it('leave out what only another program can decode, by its bytes, and say so', async () => {
    put('sftp.log', 'a\n');
    put('sftp.log.1.xz', Buffer.from('fd377a585a000004', 'hex'));
    put('sftp.log.2', Buffer.from('28b52ffd2402', 'hex'));
    expect(await read()).toEqual([['sftp.log', ['a\n']]]);
    expect(warnings.map((warning) => warning.replaceAll(folder, '').split(';')[0])).toEqual([
      '/var/log/sftp.log.2 is left out',
      '/var/log/sftp.log.1.xz is left out',
    ]);
    expect(warnings[1]).toContain(`xz -dc ${at('sftp.log.1.xz')} | sftpjail sessions -`);
  });

  it('are decoded as far as they go where one is damaged', async () => {
    const whole = gzipSync(Array.from({ length: 100_000 }, (_, line) => `line ${line} ${line * 7919}\n`).join(''));
    put('sftp.log.2.gz', whole.subarray(0, whole.length - 5000));
    const broken = Buffer.from(whole);
    broken.fill(0xff, 350_000, 350_050);
    put('sftp.log.1.gz', broken);
    put('sftp.log', 'end\n');
    const [[, [cut, bad, end] = []] = []] = await read();
    expect(cut?.startsWith('line 0 0\nline 1 7919\n')).toBe(true);
    expect(cut?.match(/\n/g)?.length).toBeGreaterThan(95_000);
    expect(bad?.match(/\n/g)?.length).toBeGreaterThan(37_000);
    expect(end).toBe('end\n');
    expect(warnings.map((text) => text.replaceAll(folder, ''))).toEqual([
      '/var/log/sftp.log.2.gz is damaged and was read as far as possible: unexpected end of file',
      expect.stringMatching(/^\/var\/log\/sftp\.log\.1\.gz is damaged and was read as far as possible: /),
    ]);
  });
});

describe('a log that may not be read', () => {
  afterEach(() => void (process.getuid?.() === 0 && process.seteuid?.(0)));

  it('is refused with who may', async () => {
    put('sftp.log', 'a\n');
    chmodSync(folder, 0o755);
    chmodSync(at('sftp.log'), 0o000);
    if (process.getuid?.() === 0) process.seteuid?.(65_534);
    expect(await refusalOf(open())).toEqual([
      'refused',
      'cannot read /var/log/sftp.log: permission denied',
      'run it as root, with sudo, or as a member of the group that may read it, mostly adm: ls -l /var/log/sftp.log',
    ]);
  });
});

describe('a rotation', () => {
  it('after the logs were opened changes nothing', async () => {
    put('sftp.log', 'b\n');
    put('sftp.log.1', 'a\n');
    const { sources, close } = await open();
    rmSync(at('sftp.log.1'));
    renameSync(at('sftp.log'), at('sftp.log.1'));
    put('sftp.log', 'c\n');
    const texts: string[] = [];
    for (const file of sources[0]?.files ?? []) texts.push(await textOf(file));
    expect(texts).toEqual(['a\n', 'b\n']);
    await close();
  });

  it('at any moment of the opening neither loses nor doubles a line', async () => {
    let line = 0;
    let stop = false;
    put('sftp.log', `${line++}\n`);
    const rotating = (async () => {
      while (!stop) {
        await new Promise(setImmediate);
        appendFileSync(at('sftp.log'), `${line++}\n`);
        if (line % 3 !== 0) continue;
        for (let number = 4; number > 0; number--) {
          if (existsSync(at(`sftp.log.${number}`))) renameSync(at(`sftp.log.${number}`), at(`sftp.log.${number + 1}`));
          if (line % 2) await new Promise(setImmediate);
        }
        renameSync(at('sftp.log'), at('sftp.log.1'));
        await new Promise(setImmediate);
        put('sftp.log', `${line++}\n`);
        if (line % 5 === 0) await new Promise((done) => setTimeout(done, 20));
      }
    })();
    let longest = 0;
    for (let round = 0; round < 60; round++) {
      const [[, texts] = ['', []]] = await read();
      const numbers = texts.join('').trim().split('\n').map(Number);
      longest = Math.max(longest, numbers.length);
      expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    }
    stop = true;
    await rotating;
    expect(longest).toBeGreaterThan(5);
  });
});

describe('named logs', () => {
  it('of one log are one source, oldest first, however they were named', async () => {
    put('sftp.log', 'c\n');
    put('sftp.log.1', 'b\n');
    put('sftp.log.2.gz', gzipSync('a\n'));
    put('other', 'o\n');
    const files = ['sftp.log', 'other', 'sftp.log.1', 'sftp.log.2.gz', 'sftp.log'].map(at);
    expect(await read({ files })).toEqual([
      ['sftp.log', ['a\n', 'b\n', 'c\n']],
      ['other', ['o\n']],
    ]);
  });

  it('include standard input, gzip too', async () => {
    put('other', 'o\n');
    expect(await read({ files: [at('other'), '-'], stdin: said('i\n') })).toEqual([
      ['other', ['o\n']],
      ['-', ['i\n']],
    ]);
    const gz = {
      fd: terminal.fd,
      async *[Symbol.asyncIterator]() {
        yield gzipSync('z\n');
      },
    };
    expect(await read({ files: ['-'], stdin: gz })).toEqual([['-', ['z\n']]]);
  });

  it('are refused where there is no such file, or a folder', async () => {
    expect(await refusalOf(open({ files: [at('none')] }))).toEqual([
      'refused',
      'there is no file /var/log/none',
      'ls -l /var/log',
    ]);
    mkdirSync(at('old'));
    expect(await refusalOf(open({ files: [at('old')] }))).toEqual([
      'refused',
      '/var/log/old is a folder, not a log',
      'name the logs in it: ls /var/log/old',
    ]);
  });

  it('are refused where only another program can decode them', async () => {
    put('x.xz', Buffer.from('fd377a585a000004', 'hex'));
    expect(await refusalOf(open({ files: [at('x.xz')] }))).toEqual([
      'refused',
      '/var/log/x.xz is compressed by xz, which is not read here',
      'xz -dc /var/log/x.xz | sftpjail sessions -',
    ]);
  });
});

describe('a FIFO', () => {
  it('is opened once, so that its writer meets the same reader from beginning to end', async () => {
    execFileSync('mkfifo', [at('slow')]);
    const writer = spawn('sh', ['-c', 'exec > "$1"; echo a; sleep 0.3; echo b', 'sh', at('slow')]);
    const ended = new Promise((resolve) => writer.once('exit', resolve));
    expect((await read({ files: [at('slow')] })).map(([, texts]) => texts.join(''))).toEqual(['a\nb\n']);
    expect(await ended).toBe(0);
  });
});

describe('standard input', () => {
  /** What a shell hands over with `|`. */
  const pipe = (...texts: string[]) => {
    execFileSync('mkfifo', [at('pipe')]);
    return { ...said(...texts), fd: openSync(at('pipe'), constants.O_RDWR) };
  };

  it('is read where it is a pipe and nothing was named', async () => {
    put('sftp.log', 'a\n');
    expect(await read({ stdin: pipe('i', 'j\n') })).toEqual([['-', ['ij\n']]]);
  });

  it('is not waited for where logs were named', async () => {
    put('sftp.log', 'a\n');
    expect(await read({ files: [at('sftp.log')], stdin: pipe('i') })).toEqual([['sftp.log', ['a\n']]]);
  });

  it('counts as none where its pipe says nothing, as under cron', async () => {
    put('sftp.log', 'a\n');
    expect(await read({ stdin: pipe() })).toEqual([['sftp.log', ['a\n']]]);
  });

  it('is waited for where its pipe stays open and says nothing, as under ssh, and that is said', async () => {
    const late = {
      fd: pipe().fd,
      async *[Symbol.asyncIterator]() {
        await new Promise((resolve) => setTimeout(resolve, 2200));
        yield Buffer.from('i\n');
      },
    };
    expect(await read({ stdin: late })).toEqual([['-', ['i\n']]]);
    expect(warnings).toEqual(["waiting for a log on standard input; with < /dev/null this host's own is read"]);
  });

  it('may be an empty file', async () => {
    put('sftp.log', 'a\n');
    put('empty', '');
    expect(await read({ stdin: { ...said(), fd: openSync(at('empty'), 'r') } })).toEqual([['-', ['']]]);
  });

  it('that only another program can decode is refused', async () => {
    const { sources } = await open({ files: ['-'], stdin: said('BZh91AY') });
    const [input] = sources[0]?.files ?? [];
    expect(await refusalOf(textOf(input as LogFile))).toEqual([
      'refused',
      '- is compressed by bzip2, which is not read here',
      'bzip2 -dc | sftpjail sessions -',
    ]);
  });
});

describe('progress', () => {
  it('counts the bytes on the disk, up to all of them', async () => {
    const text = Buffer.alloc(3_500_000, 'x');
    put('sftp.log', text);
    put('sftp.log.1.gz', gzipSync(text));
    const reports: [number, number | null][] = [];
    const [[, texts] = ['', []]] = await read({ onProgress: (...report) => reports.push(report) });
    expect(texts.map(({ length }) => length)).toEqual([3_500_000, 3_500_000]);
    const total = 3_500_000 + gzipSync(text).length;
    expect(reports.at(-1)).toEqual([total, total]);
    expect(reports.length).toBe(5);
  });

  it('has no end where the input is a stream', async () => {
    const reports: [number, number | null][] = [];
    await read({ files: ['-'], stdin: said('ab', 'c'), onProgress: (...report) => reports.push(report) });
    expect(reports).toEqual([
      [2, null],
      [3, null],
    ]);
  });
});
