import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { momentBefore } from '../../src/commands/ledger-prune.ts';
import {
  parseAge,
  parseComment,
  parseFolderName,
  parseHostPath,
  parseMachineName,
  parseMail,
  parseNetworkPlace,
  parseSenderAddress,
  parseUid,
  parseUmask,
  parseUserName,
  placeOf,
} from '../../src/spec.ts';

const rejected = { outcome: 'usage', hint: expect.any(String) };
const attempt = (parse: () => unknown) => {
  try {
    return parse();
  } catch (error) {
    return error;
  }
};

describe('a login name', () => {
  it.each(['acme', '_backup', 'a', 'acme-2', 'x'.repeat(32)])('can be %s', (name) =>
    expect(parseUserName(name)).toBe(name),
  );

  it.each([
    '',
    '-rf',
    '../x',
    'a/b',
    'dev',
    'root',
    '.removed',
    '..',
    'Acme',
    'josé',
    'x'.repeat(33),
    'a b',
    'a\nb',
    'a$',
    '1st',
    'a.b',
    '%u',
    'a,b',
    'a\u0000',
  ])('cannot be %j', (name) => expect(attempt(() => parseUserName(name))).toMatchObject(rejected));

  it('never holds what a shell, a path, a glob, sshd or rsyslog reads as more than a letter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const name = attempt(() => parseUserName(text));
        if (typeof name === 'string') expect(name).toMatch(/^[a-z0-9_-]+$/);
      }),
    );
  });
});

describe('a path', () => {
  it.each(['/sftp-root', '/srv/jails', '/home/sftp.d'])('can be %s', (path) => expect(parseHostPath(path)).toBe(path));
  it.each(['', '/', 'relative', '/a/../b', '/a//b', '/a/', '/a b', '/a%u', '/.hidden', '/a\n', '/a"b', '/a$b'])(
    'cannot be %j',
    (path) => expect(attempt(() => parseHostPath(path))).toMatchObject(rejected),
  );
});

describe('a host with a port', () => {
  it.each([
    ['sftp0.example.com:2514', 'sftp0.example.com', 2514],
    ['10.0.0.1:2514', '10.0.0.1', 2514],
    ['[2001:db8::1]:2514', '2001:db8::1', 2514],
  ])('can be %s', (text, host, port) => expect(placeOf(parseNetworkPlace(text))).toEqual({ host, port }));
  it.each([
    '',
    'sftp0',
    'sftp0:',
    'sftp0:0',
    'sftp0:65536',
    ':2514',
    'a"b:1',
    'a b:1',
    '2001:db8::1:2514',
    '[a"b]:1',
    'a:1\n',
  ])('cannot be %j', (text) => expect(attempt(() => parseNetworkPlace(text))).toMatchObject(rejected));
});

describe('the address of another machine', () => {
  it.each(['10.0.0.3', '192.0.2.255', '2001:db8::3', 'fd00::1:0:0:2'])('can be %s', (text) =>
    expect(parseSenderAddress(text)).toBe(text),
  );
  it.each([
    ...[
      '',
      'sftp3',
      '10.0.0',
      '10.0.0.256',
      '10.0.0.3:2514',
      '10.0.0.3/24',
      '10.0.0.3\n',
      '[2001:db8::3]',
      '2001:db8::g',
    ],
    // This machine, and what is compared with an address and never equal to it.
    ...['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '::', '::ffff:10.0.0.3', 'fe80::1', 'fe80::1%eth0'],
    ...[
      '10.0.0.03',
      '010.0.0.3',
      '0x0a.0.0.3',
      '167772163',
      '2001:DB8::3',
      '2001:db8:0:0::3',
      '2001:0db8::3',
      '64:ff9b::10.0.0.3',
    ],
  ])('cannot be %j', (text) => expect(attempt(() => parseSenderAddress(text))).toMatchObject(rejected));
  it('is told how it is written', () =>
    expect(attempt(() => parseSenderAddress('2001:DB8:0::3'))).toMatchObject({ hint: 'use 2001:db8::3' }));
});

describe('the name of a machine', () => {
  it.each(['sftp3', 'Sftp_3', 'sftp3.example.com'])('can be %s', (name) => expect(parseMachineName(name)).toBe(name));
  it.each(['', '-', '.a', 'a b', 'a"b', 'a\n', 'a\\', 'a`b', 'é', 'a'.repeat(254)])('cannot be %j', (name) =>
    expect(attempt(() => parseMachineName(name))).toMatchObject(rejected),
  );
});

describe('an age', () => {
  it.each([
    ['10y', '2026-11-26', '2016-11-26'],
    ['1y6m', '2026-11-30', '2025-05-30'],
    ['1y', '2028-02-29', '2027-02-28'],
    ['1m', '2026-03-31', '2026-02-28'],
    ['60d', '2026-03-01', '2025-12-31'],
  ])('of %s goes by the calendar', (text, now, moment) =>
    expect(momentBefore(new Date(`${now}T12:00:00Z`), parseAge(text)).toISOString()).toBe(`${moment}T12:00:00.000Z`),
  );
  it.each(['', '0y', '10', 'y', '1d1y', '-1y', '1.5y', '10w'])('cannot be %j', (text) =>
    expect(attempt(() => parseAge(text))).toMatchObject(rejected),
  );
});

describe('other words of the operator', () => {
  it('a umask is text in octal', () => {
    expect(parseUmask('007')).toBe('0007');
    expect(parseUmask('0027')).toBe('0027');
    expect(attempt(() => parseUmask('0999'))).toMatchObject(rejected);
  });
  it('a data folder is not dev, where the log is', () =>
    expect(attempt(() => parseFolderName('dev'))).toMatchObject(rejected));
  it('a uid is no system account’s', () => {
    expect(parseUid('70000')).toBe(70_000);
    for (const text of ['0', '999', '-1', '1e6', '4294967295', ''])
      expect(attempt(() => parseUid(text))).toMatchObject(rejected);
  });
  it('a comment is one field of passwd', () => {
    expect(parseComment('Acme Corp, Zürich')).toBe('Acme Corp, Zürich');
    for (const text of ['a:b', 'a\nb']) expect(attempt(() => parseComment(text))).toMatchObject(rejected);
  });
  it('a mail address has no room for a second one', () => {
    expect(parseMail('a.b@example.com')).toBe('a.b@example.com');
    for (const text of ['a', 'a@b,c@d', 'a@b\nBcc: c@d', '<a@b>'])
      expect(attempt(() => parseMail(text))).toMatchObject(rejected);
  });
});
