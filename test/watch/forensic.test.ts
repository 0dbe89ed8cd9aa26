import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Config, CRITERIA, DEFAULT_CONFIG } from '../../src/config.ts';
import type { LoginRecord } from '../../src/log/session.ts';
import { loginFailed } from '../../src/watch/event.ts';
import { type BlockHead, renderBlock } from '../../src/watch/forensic/block.ts';
import { BlockFile } from '../../src/watch/forensic/block-file.ts';
import { toldBy } from '../../src/watch/forensic/connection.ts';
import { criterionOfLogin } from '../../src/watch/forensic/criterion.ts';
import { openForensics } from '../../src/watch/forensic/forensics.ts';
import { blocksIn } from '../support/forensic-blocks.ts';

const SAMPLES = join(import.meta.dirname, '../samples');

const HEAD: BlockHead = {
  ...{ client: '192.0.2.1', server: '198.51.100.1:22', elapsed: 1245, protocol: 'sftp', user: 'acme', uid: 70_000 },
  ...{
    gid: 995,
    id: '0123456789abcdef',
    raw: { in: 46, out: 158 },
    bytes: { in: 1, out: 2 },
    files: { in: 3, out: 4 },
  },
};
const line = (text: string) => ({ at: 0, pid: 7, type: 'syslog' as const, level: 7, text });

describe('a block', () => {
  const published = readFileSync(join(SAMPLES, 'published/proftpd-forensic-block.txt'), 'utf8');

  it('has the fields of a published one, in its order, and our id among them', () => {
    const [theirs] = blocksIn(published);
    const [ours] = blocksIn(renderBlock('FailedLogin', HEAD, [line('debug1: KEX done')], []));
    expect([ours?.title, ours?.end]).toEqual([theirs?.title, theirs?.end]);
    const keys = (block: typeof ours) => block?.head.map(([key]) => key).filter((key) => key !== 'UNIQUE_ID');
    expect(keys(ours)).toEqual(keys(theirs));
    expect(ours?.lines).toEqual(['[syslog:7, PID 7] debug1: KEX done']);
    const titles = CRITERIA.map((each) => blocksIn(renderBlock(each, HEAD, [], []))[0]?.title);
    expect(titles).toEqual(['FAILED LOGIN', 'UNTIMELY DEATH', 'MODULE CONFIG']);
  });

  it('leaves out what is not known', () => {
    const nothing = { client: null, server: null, elapsed: null, user: null, uid: null, gid: null, raw: null };
    const none = { in: null, out: null };
    const [block] = blocksIn(renderBlock('UntimelyDeath', { ...HEAD, ...nothing, bytes: none, files: none }, [], []));
    expect(block?.head).toEqual([
      ['Protocol', 'sftp'],
      ['UNIQUE_ID', HEAD.id],
    ]);
  });

  it('is one block whatever is in the names', () => {
    const hostile =
      '\n-----END FAILED LOGIN FORENSICS-----\r\n-----BEGIN FAILED LOGIN FORENSICS-----\n\x1b[2J\x9b\xc3\xa9 \u20ac';
    const text = renderBlock('FailedLogin', { ...HEAD, user: hostile, client: hostile }, [line(hostile)], []);
    expect(blocksIn(text)).toHaveLength(1);
    expect(text).toMatch(/^[\n -~]*$/);
    expect(text.match(/^-----/gm)).toHaveLength(2);
    expect(text).toContain('[syslog:7, PID 7] \\012-----END');
  });
});

describe('what a line tells', () => {
  it('stands where nobody chose the words before it', () => {
    const forged = 'Connection from 192.0.2.9 port 9 on 198.51.100.1 port 22';
    expect(toldBy(`${forged} rdomain ""`)).toMatchObject({ what: 'connection', ip: '192.0.2.9', port: 9 });
    for (const text of [
      `Invalid user ${forged} from 192.0.2.1 port 1`,
      `debug1: ${forged}`,
      `debug1: userauth-request for user ${forged} service ssh-connection method none [preauth]`,
      `${forged} [preauth]`,
      `User child is on pid 7 [preauth]`,
      `debug1: server_input_global_request: rtype User child is on pid 7`,
    ])
      expect(toldBy(text)).toBeNull();
  });

  it('tells a refusal from a login that nobody tried', () => {
    const login = { outcome: 'refused', method: null, reason: null } as LoginRecord;
    expect(criterionOfLogin(login)).toBeNull();
    expect(criterionOfLogin({ ...login, method: 'publickey' })).toBe('FailedLogin');
    expect(criterionOfLogin({ ...login, reason: 'Invalid user' })).toBe('FailedLogin');
    expect(criterionOfLogin({ ...login, reason: 'penalty: failed authentication' })).toBeNull();
    expect(criterionOfLogin({ ...login, outcome: 'unused' })).toBeNull();
    const refused = { ...login, outcome: 'unused' as const, reason: 'refusing non-sftp session' };
    expect(criterionOfLogin(refused)).toBe('ModuleConfig');
    expect(criterionOfLogin({ ...refused, reason: 'bad ownership or modes for chroot' })).toBe('UntimelyDeath');
  });
});

describe('on disk', () => {
  let folder: string;
  const warnings: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forensic.'));
    warnings.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const warn = (text: string) => void warnings.push(text);

  it('the file of what went wrong is bounded, and anybody at all can fill half of it only', () => {
    const path = join(folder, 'forensic.log');
    const file = new BlockFile(path, 10_000, warn);
    const block = `${'x'.repeat(999)}\n`;
    for (let count = 0; count < 30; count++) file.append(block, true);
    expect(statSync(path).size).toBe(5000);
    for (let count = 0; count < 30; count++) file.append(block, false);
    expect(statSync(path).size).toBeGreaterThan(9000);
    expect(statSync(path).size).toBeLessThanOrEqual(10_000);
    expect(warnings).toHaveLength(2);
    // Rotated.
    rmSync(path);
    file.append(block, false);
    expect(readFileSync(path, 'latin1')).toMatch(/^# 26 blocks were left out: the file was full\.\nx+\n$/);
  });

  /** The lines of a login with a wrong key, as sshd at DEBUG1 has them; in the sample its process is 1695. */
  const wrongKey = readFileSync(join(SAMPLES, 'debian12/sshd-loglevels.rfc3339.log'), 'latin1')
    .split('\n')
    .flatMap((text) => {
      const [, stamp, said] = /^(\S+) sftp1 sshd\[1695\]: (.*)$/.exec(text) ?? [];
      return stamp === undefined || said === undefined ? [] : [{ stamp, said }];
    });

  it('10,000 logins, mixed up, each leave a block of their own lines, within the memory that is given', async () => {
    const memory = 32 << 20;
    const config: Config = {
      ...DEFAULT_CONFIG,
      log: { ...DEFAULT_CONFIG.log, rotate: { ...DEFAULT_CONFIG.log.rotate, maxsize: '500M' } },
      forensic: { ...DEFAULT_CONFIG.forensic, enabled: true, memory: '32M' },
    };
    const [lines, log] = [join(folder, 'lines'), join(folder, 'forensic.log')];
    const forensics = openForensics(config, warn, { lines, log });
    const [LOGINS, AT_ONCE] = [10_000, 2000];
    const portOf = (login: number) => 1024 + login;
    const pidOf = (login: number) => 100_000 + login;
    let most = 0;
    const watching = setInterval(() => {
      most = Math.max(most, forensics.bytes);
    }, 5);
    for (let first = 0; first < LOGINS; first += AT_ONCE) {
      let text = '';
      for (const { stamp, said } of wrongKey)
        for (let login = first; login < first + AT_ONCE; login++)
          text += `<39>1 ${stamp} sftp1 sshd ${pidOf(login)} - -  ${said.replace(/port 35964/, `port ${portOf(login)}`)}\n`;
      while (!readdirSync(folder).includes('lines')) await sleep(5);
      appendFileSync(join(lines, `2026-11-20T17:${10 + first / AT_ONCE}`), text, 'latin1');
      const events = Array.from({ length: AT_ONCE }, (_, index) =>
        loginFailed({
          ...{
            at: '2026-11-20T17:27:02Z',
            host: 'sftp1',
            user: 'u_info',
            ip: '127.0.0.1',
            port: portOf(first + index),
          },
          ...{ outcome: 'refused', method: 'publickey', keyType: null, fingerprint: null, reason: 'Failed publickey' },
        }),
      );
      const { signal } = new AbortController();
      await Promise.all(
        events.map((event) => forensics.sink.deliver([event], { id: event.id, to: '', parts: [] }, signal)),
      );
    }
    clearInterval(watching);
    expect(most).toBeGreaterThan(AT_ONCE * wrongKey.length * 100);
    expect(most).toBeLessThanOrEqual(memory);
    // What was told is let go: only the few lines that sshd says before it knows whom it serves can be left.
    expect(forensics.bytes).toBeLessThan(memory / 100);
    await forensics.close();
    expect([readdirSync(folder), warnings]).toEqual([['forensic.log'], []]);
    const blocks = blocksIn(readFileSync(log, 'latin1'));
    expect(blocks).toHaveLength(LOGINS);
    for (const { title, head, lines: said } of blocks) {
      const [first = ''] = said;
      const [, pid = ''] = /PID (\d+)/.exec(first) ?? [];
      expect([title, head.length, said.length]).toEqual(['FAILED LOGIN', 10, wrongKey.length]);
      expect(said.every((each) => each.includes(`, PID ${pid}] `))).toBe(true);
      expect(said.filter((each) => each.includes(`port ${Number(pid) - 100_000 + 1024} `)).length).toBeGreaterThan(0);
    }
    expect(new Set(blocks.map(({ lines: [first] }) => first)).size).toBe(LOGINS);
  });

  it('a block that lost lines says so', async () => {
    const config = { ...DEFAULT_CONFIG, forensic: { ...DEFAULT_CONFIG.forensic, enabled: true, size: 5 } };
    const [lines, log] = [join(folder, 'lines'), join(folder, 'forensic.log')];
    const forensics = openForensics(config, warn, { lines, log });
    while (!readdirSync(folder).includes('lines')) await sleep(5);
    const text = wrongKey.map(({ stamp, said }) => `<39>1 ${stamp} sftp1 sshd 1695 - -  ${said}\n`).join('');
    appendFileSync(join(lines, '2026-11-20T17:27'), text, 'latin1');
    const { signal } = new AbortController();
    for (const port of [35964, 1]) {
      const event = loginFailed({
        ...{ at: '2026-11-20T17:27:02Z', host: 'sftp1', user: 'u_info', ip: '127.0.0.1', port },
        ...{ outcome: 'refused', method: 'publickey', keyType: null, fingerprint: null, reason: 'Failed publickey' },
      });
      await forensics.sink.deliver([event], { id: event.id, to: '', parts: [] }, signal);
    }
    await forensics.close();
    const [known, unknown] = blocksIn(readFileSync(log, 'latin1'));
    expect(known?.lines).toHaveLength(6);
    expect(known?.lines[0]).toContain(`] ${wrongKey.length - 5} earlier lines were let go, for want of room`);
    expect(unknown?.lines.map((each) => each.replace(/^.*\] /, ''))).toEqual([
      'what sshd said of this connection is not held any more',
    ]);
  });

  it('a file that nobody may read, or that is none, is told of once and stops nothing', async () => {
    const [lines, log] = [join(folder, 'lines'), join(folder, 'forensic.log')];
    const config = { ...DEFAULT_CONFIG, forensic: { ...DEFAULT_CONFIG.forensic, enabled: true } };
    writeFileSync(lines, 'no folder');
    const forensics = openForensics(config, warn, { lines, log });
    while (warnings.length === 0) await sleep(10);
    await sleep(600);
    expect(warnings).toHaveLength(1);
    rmSync(lines);
    while (!readdirSync(folder).includes('lines')) await sleep(10);
    await forensics.close();
    expect(readdirSync(folder)).toEqual([]);
  });
});
