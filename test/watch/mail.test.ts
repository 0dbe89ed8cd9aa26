import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Config, DEFAULT_CONFIG } from '../../src/config.ts';
import type { Session, Transfer } from '../../src/log/session.ts';
import type { HostPath } from '../../src/spec.ts';
import { sessionClosed } from '../../src/watch/event.ts';
import { answerMail, movedSomething, openMail } from '../../src/watch/mail.ts';
import { openMailTemplates } from '../../src/watch/mail-templates.ts';
import { mailView } from '../../src/watch/mail-view.ts';
import { CERTIFICATE } from '../support/certificate.ts';

const own = (name: string) => readFileSync(join(import.meta.dirname, '../../templates', name), 'utf8');

let folder: string;
let server: SMTPServer;
let mails: (Email & { raw: string; secure: boolean; user: string | undefined })[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sftpjail-mail.'));
  mails = [];
});
afterEach(async () => {
  await new Promise<void>((done) => (server ? server.close(done) : done()));
  rmSync(folder, { recursive: true });
});

/** @returns the configuration that leads to the server */
async function listen(options: SMTPServerOptions = {}, smtp: Partial<Config['mail']['smtp']> = {}): Promise<Config> {
  server = new SMTPServer({
    ...CERTIFICATE,
    authOptional: true,
    ...options,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const raw = Buffer.concat(chunks);
        const { secure, user } = session;
        mails.push({
          ...(await PostalMime.parse(raw)),
          raw: raw.toString('latin1'),
          secure,
          user: user as string | undefined,
        });
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const { port } = server.server.address() as AddressInfo;
  const { mail } = DEFAULT_CONFIG;
  return { ...DEFAULT_CONFIG, mail: { ...mail, smtp: { ...mail.smtp, host: '127.0.0.1', port, ...smtp } } };
}

const upload = (path: string, n = 1): Transfer => ({
  ...{ n, direction: 'upload', path, bytesRead: 0, bytesWritten: 1234, status: 'completed', exact: true },
  ...{ opened: '2026-11-20T10:00:00Z', closed: '2026-11-20T10:00:01Z' },
});
const session = (transfers: Transfer[], more: Partial<Session> = {}): Session => ({
  ...{ v: 1, id: 'abc', host: 'h1', user: 'acme', client: { ip: '10.0.0.1', port: 5 }, login: null },
  ...{ opened: '2026-11-20T10:00:00Z', closed: '2026-11-20T10:00:02Z', end: 'closed', transfers, changes: [] },
  totals: {
    ...{ uploads: transfers.length, downloads: 0, bytesIn: 1234, bytesOut: 0, bytesCopied: 0, removed: 0, failed: 0 },
    exact: true,
  },
  ...more,
});

const deliver = (config: Config, sessions: Session[], id = 'session-closed abc') =>
  openMail(config, own).deliver(
    sessions.map(sessionClosed),
    { id, to: 'admin@example.com', parts: [] },
    new AbortController().signal,
  );

const HOSTILE = [
  'line\nBcc: victim@example.com\n\nbody',
  'cr\r\nSubject: forged',
  '<img src=x onerror=alert(1)>"\'&amp;',
  '\x1b[2J\x1b]0;title\x07cleared',
  'abc\u202efdp.exe',
  '{{user}} {{{id}}}',
  '.',
  'long'.repeat(2000),
  'ünïcödé 日本',
];

describe('a mail', () => {
  test('is well-formed and harmless whatever the names in it are', async () => {
    const config = await listen();
    const hostile = session(
      HOSTILE.map((name, index) => upload(`/data/${name}`, index + 1)),
      {
        user: 'evil\nBcc: victim@example.com',
        host: '<b>host</b>',
      },
    );
    await deliver(config, [hostile]);
    const [mail] = mails;
    expect(mail?.to?.map(({ address }) => address)).toEqual(['admin@example.com']);
    expect([mail?.cc, mail?.bcc]).toEqual([undefined, undefined]);
    const head = mail?.raw.slice(0, mail.raw.indexOf('\r\n\r\n')) ?? '';
    expect(head.split(/\r\n(?![ \t])/).filter((line) => /^(bcc|subject|to|from):/i.test(line))).toHaveLength(3);
    expect(mail?.raw.split('\r\n').filter((line) => line.length > 998)).toEqual([]);
    const text = mail?.text ?? '';
    expect(text).toContain('/data/line\\nBcc: victim@example.com\\n\\nbody\n');
    expect(text).toContain('/data/\\x1b[2J\\x1b]0;title\\x07cleared\n');
    expect(text).toContain('/data/abc\\u202efdp.exe\n');
    expect(text).toContain('/data/{{user}} {{{id}}}\n');
    expect(text).toContain('/data/ünïcödé 日本\n');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(230);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are the point
    expect(text + (mail?.html ?? '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(mail?.html).toContain('&lt;img src&#x3D;x onerror&#x3D;alert(1)&gt;&quot;&#x27;&amp;amp;');
    expect(mail?.html).not.toContain('<img');
    expect(mail?.html).not.toContain('<b>host');
  });

  test('of 10,000 files is short enough to read and says how many more', async () => {
    const config = await listen();
    const many = Array.from({ length: 10_000 }, (_, index) => upload(`/data/${index}`, index + 1));
    await deliver(config, [session(many)]);
    expect(mails[0]?.subject).toBe('SFTP: acme, 10000 uploads');
    expect(mails[0]?.text).toContain('Uploads (10000):');
    expect(mails[0]?.text).toContain('  ... and 9950 more\n');
    expect(mails[0]?.raw.length).toBeLessThan(20_000);
  });

  test('is the same mail at every attempt', async () => {
    const config = await listen();
    await deliver(config, [session([upload('/data/a')])]);
    await deliver(config, [session([upload('/data/a')])]);
    await deliver(config, [session([upload('/data/a')])], 'session-closed other');
    const [first, again, other] = mails.map(({ messageId }) => messageId);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test('of several sessions tells each, shortly', async () => {
    const config = await listen();
    const many = Array.from({ length: 60 }, (_, index) => session([upload('/data/a')], { id: `s${index}` }));
    await deliver(config, many, 'digest 1');
    expect(mails[0]?.subject).toBe('SFTP: 60 sessions');
    expect(mails[0]?.text).toContain('Session s49');
    expect(mails[0]?.text).not.toContain('Session s50');
    expect(mails[0]?.text).toContain('... and 10 more sessions');
  });

  test('what could not be read is marked, what failed is told', () => {
    const { first } = mailView(
      [
        session(
          [
            { ...upload('/data/cut'), pathCut: true, bytesWritten: null, exact: false },
            { ...upload('/data/no', 2), status: 'failed', error: 'Permission denied' },
          ],
          {
            totals: { ...session([]).totals, bytesIn: 5, exact: false, failed: 1 },
          },
        ),
      ],
      'm',
      'UTC',
    );
    expect(first.received).toBe('≥5 B');
    expect(first.doubt).toContain('at least so much');
    expect(first.groups.map(({ title }) => title)).toEqual(['Uploads', 'Failures']);
    expect(first.groups[0]?.items[0]).toEqual({ size: '       -', path: '/data/cut…', note: '' });
    expect(first.groups[1]?.items[0]).toMatchObject({ path: '/data/no', note: 'upload: Permission denied' });
  });

  test('is not sent for a session that moved nothing', () => {
    expect(movedSomething(session([]))).toBe(false);
    expect(movedSomething(session([upload('/data/a')]))).toBe(true);
    expect(movedSomething(session([], { omitted: 5 }))).toBe(true);
  });
});

describe('the server', () => {
  const login = () => {
    writeFileSync(join(folder, 'password'), 'open sesame\n');
    writeFileSync(join(folder, 'ca.pem'), CERTIFICATE.cert);
    const passwordFile = join(folder, 'password') as HostPath;
    return { user: 'sftp', passwordFile, ca: join(folder, 'ca.pem') as HostPath };
  };
  const asking: SMTPServerOptions = {
    ...CERTIFICATE,
    authOptional: false,
    onAuth: ({ username, password }, _session, done) =>
      username === 'sftp' && password === 'open sesame' ? done(null, { user: username }) : done(new Error('not you')),
  };

  test.each(['starttls', 'implicit'] as const)('is given the password over %s', async (tls) => {
    const config = await listen({ ...asking, secure: tls === 'implicit' }, { tls, ...login() });
    await deliver(config, [session([upload('/data/a')])]);
    expect(mails.map(({ secure, user }) => [secure, user])).toEqual([[true, 'sftp']]);
  });

  test('is not spoken to without encryption, or with another certificate, where encryption is insisted on', async () => {
    const plain = await listen({ hideSTARTTLS: true, authOptional: true }, { tls: 'starttls' });
    await expect(deliver(plain, [session([upload('/data/a')])])).rejects.toThrow();
    await new Promise<void>((done) => server.close(done));
    const strange = await listen({}, { tls: 'starttls' });
    await expect(deliver(strange, [session([upload('/data/a')])])).rejects.toThrow(/self.signed/);
    expect(mails).toEqual([]);
  });
});

describe('a program', () => {
  const handTo = (script: string): Config => {
    writeFileSync(join(folder, 'sendmail'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const { mail } = DEFAULT_CONFIG;
    return { ...DEFAULT_CONFIG, mail: { ...mail, sendmail: join(folder, 'sendmail') as HostPath } };
  };

  test('is given the mail and its reader', async () => {
    await deliver(handTo(`{ echo "$*"; cat; } > ${folder}/sent`), [session([upload('/data/a')])]);
    const [words = '', ...lines] = readFileSync(join(folder, 'sent'), 'utf8').split('\n');
    expect(words).toMatch(/^-i -f sftpjail@\S+ admin@example\.com$/);
    expect((await PostalMime.parse(lines.join('\n'))).subject).toBe('SFTP: acme, 1 upload');
  });

  test('that fails, or does not read, has not taken it', async () => {
    await expect(deliver(handTo('cat > /dev/null; exit 75'), [session([upload('/data/a')])])).rejects.toThrow('75');
    await expect(answerMail(handTo(''), JSON.stringify({ to: '-oQ/tmp', letter: {}, id: '' }))).resolves.toMatchObject({
      failure: expect.stringContaining('-oQ/tmp'),
    });
  });
});

describe('a template of the administrator', () => {
  const put = (name: string, text: string) => {
    mkdirSync(join(folder, 'mail'), { recursive: true });
    writeFileSync(join(folder, 'mail', name), text);
  };
  const open = () => openMailTemplates(join(folder, 'mail'), own);

  test('takes the place of ours, one by one', () => {
    put('subject.hbs', 'Files of {{first.user}}\n\nand more');
    const letter = open()(mailView([session([upload('/data/a')])], 'm', 'UTC'));
    expect(letter.subject).toBe('Files of acme and more');
    expect(letter.html).toContain('<title>Files of acme and more</title>');
  });

  test.each(['<p>{{{first.user}}}</p>', '{{#each sessions}}{{&user}}{{/each}}', '{{~{first.user}~}}', '{{> other}}'])(
    'that would let HTML through is refused: %s',
    (text) => {
      put('html.hbs', text);
      expect(open).toThrow(/html\.hbs: line 1: /);
    },
  );

  test('that names what there is not is refused before the first session', () => {
    put('text.hbs', '{{first.usr}}');
    expect(() => open()(mailView([session([])], 'm', 'UTC'))).toThrow('usr');
  });
});
