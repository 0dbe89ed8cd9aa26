import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSshdConfig, SSHD_CONFIG } from '../../src/conf/sshd.ts';
import { SSHD_DROP_IN } from '../../src/conf/sshd-drop-in.ts';
import { type Customer, judgeSshd, STATED_KEYWORDS } from '../../src/plan/obstacles.ts';
import { DEBIAN_SSHD, EL_SSHD, UBUNTU_SSHD } from '../conf/distributions.ts';
import { filesIn } from '../conf/etc.ts';

const INCLUDE = 'Include /etc/ssh/sshd_config.d/*.conf\n';
const OURS = 'Match Group sftp-only\n  ChrootDirectory /sftp-root/%u\n  ForceCommand internal-sftp\n';
const ACME: Omit<Customer, 'dropIn'> = { user: 'acme', groups: ['sftp', 'sftp-only'], key: true };
/** Accounts to come, as `init` sees them. */
const SOMEBODY: Omit<Customer, 'dropIn'> = { groups: ['sftp', 'sftp-only'] };

const dropIn = (name: string) => `/etc/ssh/sshd_config.d/${name}`;
const judge = (texts: Record<string, string>, customer = ACME) =>
  judgeSshd(parseSshdConfig({ file: SSHD_CONFIG, text: texts[SSHD_CONFIG] ?? '' }, filesIn(texts)), {
    dropIn: SSHD_DROP_IN,
    ...customer,
  });
/** What is in the way of acme, as `FILE:LINE`, when these lines follow the Include line. */
const inTheWay = (lines: string, customer = ACME) => at(judge({ [SSHD_CONFIG]: INCLUDE + lines }, customer));
const at = (obstacles: { file: string; line: number }[]) =>
  obstacles.map(({ file, line }) => `${file.replace(/.*\//, '')}:${line}`);

test.each([
  ['Debian 12 and 13', { [SSHD_CONFIG]: DEBIAN_SSHD }],
  ['Ubuntu 24.04 on a cloud', UBUNTU_SSHD],
  ['EL 9', EL_SSHD],
  ['a host on which our drop-in stands already', { [SSHD_CONFIG]: DEBIAN_SSHD, [SSHD_DROP_IN]: OURS }],
])('nothing is in the way on %s', (_, texts) => {
  expect(judge(texts)).toEqual([]);
  expect(judge(texts, SOMEBODY)).toEqual([]);
});

describe('the Include line', () => {
  test('is missing: a command adds it', () => {
    expect(judge({ [SSHD_CONFIG]: 'Port 22\n' })).toEqual([
      {
        file: SSHD_CONFIG,
        line: 1,
        what: '',
        why: 'no Include line reaches /etc/ssh/sshd_config.d/50-sftpjail.conf',
        wayOut: "sed -i '1i Include /etc/ssh/sshd_config.d/*.conf' /etc/ssh/sshd_config",
      },
    ]);
  });

  test.each([
    ['#Include /etc/ssh/sshd_config.d/*.conf', ['sshd_config:1']],
    ['Include /etc/ssh/sshd_config.d/10-*.conf', ['sshd_config:1']],
    ['Include sshd_config.d/*.conf', []],
    ['include = "/etc/ssh/sshd_config.d/50-sftpjail.conf"', []],
    ['Match User bob\nInclude sshd_config.d/*.conf', ['sshd_config:2']],
    ['Match User bob\nX11Forwarding no\nMatch all\nInclude sshd_config.d/*.conf', []],
    // The name that proves our file was read is in no group.
    ['Match Group sftp\nInclude sshd_config.d/*.conf', ['sshd_config:2']],
    ['Match User bob\nInclude sshd_config.d/*\nMatch all\nInclude sshd_config.d/*.conf', []],
  ])('%j', (text, places) => expect(at(judge({ [SSHD_CONFIG]: text }))).toEqual(places));

  test('below a Match line: says which', () => {
    expect(judge({ [SSHD_CONFIG]: 'Match User bob\n  Include sshd_config.d/*.conf' })).toEqual([
      {
        file: SSHD_CONFIG,
        line: 2,
        what: 'Include sshd_config.d/*.conf',
        why: 'it counts only where "Match User bob" of line 1 does',
        wayOut: 'move the line above the first Match line of /etc/ssh/sshd_config',
      },
    ]);
  });
});

describe('a block that is read before ours and states what ours states', () => {
  const before = (name: string, text: string, customer = ACME) =>
    at(judge({ [SSHD_CONFIG]: INCLUDE, [dropIn(name)]: text }, customer));

  test.each([
    ['Match User acme\n  ForceCommand /bin/sh', ['40-x.conf:2']],
    ['Match all\n  X11Forwarding yes', ['40-x.conf:2']],
    ['Match User a*\n  PermitTTY yes\n  AllowTcpForwarding yes', ['40-x.conf:2', '40-x.conf:3']],
    ['Match Group sftp\n  ChrootDirectory none', ['40-x.conf:2']],
    ['Match Address 192.0.2.0/24\n  PasswordAuthentication yes', ['40-x.conf:2']],
    ['Match LocalPort 2222\n  ChallengeResponseAuthentication yes', ['40-x.conf:2']],
    ['Match User bob\n  ForceCommand /bin/sh', []],
    ['Match Group wheel\n  ForceCommand /bin/sh', []],
    ['Match User *,!acme\n  ForceCommand /bin/sh', []],
    ['Match Group *,!sftp\n  ForceCommand /bin/sh', []],
    ['Match Address 192.0.2.0/24\n  Banner /etc/issue.net', []],
    ['ForceCommand /bin/sh\nPasswordAuthentication no\nPubkeyAuthentication no\nPermitTunnel yes', []],
  ])('%j', (text, places) => expect(before('40-x.conf', text)).toEqual(places));

  test('of accounts to come: any wildcard could be theirs, a name that is written out is not', () => {
    expect(before('40-x.conf', 'Match User a*\nForceCommand x\nMatch User bob\nForceCommand x', SOMEBODY)).toEqual([
      '40-x.conf:2',
    ]);
  });

  test.each(['50-sftpjail.conf', '50-sftpjail2.conf', '60-x.conf'])('%s is not read before ours', (name) => {
    expect(before(name, 'Match all\nForceCommand /bin/sh')).toEqual([]);
  });

  test('in the main file it depends on where the Include line stands, and in drop-ins on those that they include', () => {
    const block = 'Match User acme\nForceCommand /bin/sh\nMatch all\n';
    expect(at(judge({ [SSHD_CONFIG]: INCLUDE + block }))).toEqual([]);
    expect(at(judge({ [SSHD_CONFIG]: block + INCLUDE }))).toEqual(['sshd_config:2']);
    const nested = { [SSHD_CONFIG]: INCLUDE, [dropIn('40-x.conf')]: 'Include more', '/etc/ssh/more': block };
    expect(at(judge(nested))).toEqual(['more:2']);
    const later = { [SSHD_CONFIG]: INCLUDE, [dropIn('60-x.conf')]: 'Include more', '/etc/ssh/more': block };
    expect(at(judge(later))).toEqual([]);
  });

  test('our own, read once more below a Match line, is no obstacle to itself', () => {
    const text = `Match Address 192.0.2.1\n${INCLUDE}Match all\n${INCLUDE}`;
    expect(judge({ [SSHD_CONFIG]: text, [SSHD_DROP_IN]: OURS })).toEqual([]);
  });

  test('on an Include line with several patterns, those before ours count', () => {
    const texts = { '/etc/ssh/zz': 'Match all\nPermitTTY yes', '/etc/ssh/aa': 'Match all\nPermitTTY yes' };
    expect(at(judge({ ...texts, [SSHD_CONFIG]: 'Include zz sshd_config.d/*.conf aa' }))).toEqual(['zz:2']);
  });

  test('says what to do', () => {
    const texts = { [SSHD_CONFIG]: INCLUDE, [dropIn('40-x.conf')]: 'Match User a*\n\tForceCommand /bin/sh # why' };
    expect(judge(texts)).toEqual([
      {
        file: dropIn('40-x.conf'),
        line: 2,
        what: 'ForceCommand /bin/sh # why',
        why: '"Match User a*" is read before ours and can hold for acme',
        wayOut: 'move the block to a file that is read after ours, for instance /etc/ssh/sshd_config.d/90-local.conf',
      },
    ]);
  });

  test('our template states exactly what is guarded here', () => {
    const file = new URL('../../templates/etc/ssh/sshd_config.d/50-sftpjail.conf', import.meta.url);
    const stated = parseSshdConfig({ file: file.pathname, text: readFileSync(file, 'utf8') }, () => [])
      .filter(({ match, keyword }) => match[0]?.criteria === 'Group {{group}}' && /^[a-z0-9]+$/.test(keyword))
      .map(({ keyword }) => keyword);
    expect(new Set(stated)).toEqual(STATED_KEYWORDS);
  });
});

describe('who may log in at all', () => {
  test.each([
    ['AllowUsers acme', []],
    ['AllowUsers bob\nAllowUsers acme', []],
    ['AllowUsers bob acme@192.0.2.*', []],
    ['AllowUsers *@*', []],
    ['AllowUsers bob alice', ['sshd_config:2']],
    ['AllowUsers bob\nAllowUsers alice', ['sshd_config:2']],
    ['AllowUsers !bob', ['sshd_config:2']],
    ['AllowUsers acme@!192.0.2.1', ['sshd_config:2']],
    ['AllowGroups wheel', ['sshd_config:2']],
    ['AllowGroups wheel sftp', []],
    ['AllowGroups sftp-*', []],
    ['AllowGroups wheel,sftp', ['sshd_config:2']],
    ['AllowUsers acme\nAllowGroups wheel', ['sshd_config:3']],
    ['DenyUsers bob', []],
    ['DenyUsers bob a*', ['sshd_config:2']],
    ['DenyUsers acme@*', ['sshd_config:2']],
    ['DenyUsers *@192.0.2.7', []],
    ['DenyGroups sftp-*', ['sshd_config:2']],
    ['DenyGroups wheel', []],
  ])('%j', (text, places) => expect(inTheWay(text)).toEqual(places));

  test.each([
    ['a block that surely holds replaces the global list', 'AllowUsers bob\nMatch Group sftp\nAllowUsers *', []],
    ['one that may hold does not', 'AllowUsers bob\nMatch Address 192.0.2.0/24\nAllowUsers *', ['sshd_config:2']],
    ['one that may hold can leave out', 'Match Address 192.0.2.0/24\nAllowUsers bob', ['sshd_config:3']],
    ['lists of one block add up', 'Match Address 192.0.2.0/24\nAllowUsers bob\nAllowUsers acme', []],
    ['one that cannot hold says nothing', 'Match User bob\nAllowUsers bob\nDenyGroups *', []],
    ['a block after ours shuts out too', 'Match all\nDenyGroups sftp-only', ['sshd_config:3']],
  ])('%s', (_, text, places) => expect(inTheWay(text)).toEqual(places));

  test('of accounts to come: names that are written out are others', () => {
    expect(inTheWay('AllowUsers bob', SOMEBODY)).toEqual(['sshd_config:2']);
    expect(inTheWay('AllowUsers bob cust-*', SOMEBODY)).toEqual([]);
    expect(inTheWay('DenyUsers bob cust-*', SOMEBODY)).toEqual([]);
    expect(inTheWay('DenyUsers *', SOMEBODY)).toEqual(['sshd_config:2']);
  });

  test('says what to do', () => {
    const ways = (text: string, customer = ACME) => judge({ [SSHD_CONFIG]: INCLUDE + text }, customer);
    expect(ways('AllowUsers bob')).toMatchObject([{ why: 'it leaves out acme', wayOut: 'add "acme" to this line' }]);
    expect(ways('AllowUsers bob', SOMEBODY)).toMatchObject([
      {
        why: 'it leaves out members of sftp and sftp-only',
        wayOut: 'say who may log in with AllowGroups instead, "sftp" among them',
      },
    ]);
    expect(ways('AllowGroups wheel')).toMatchObject([{ wayOut: 'add "sftp" to this line' }]);
    expect(ways('DenyGroups x sftp*')).toMatchObject([
      { what: 'DenyGroups x sftp*', why: '"sftp*" shuts out acme', wayOut: 'take "sftp*" off this line' },
    ]);
  });
});

describe('AuthenticationMethods', () => {
  const KEY = { key: true };
  const PASSWORD = { password: true };
  test.each([
    ['any', KEY, true],
    ['publickey', KEY, true],
    ['publickey:ssh-ed25519', KEY, true],
    ['password', KEY, false],
    ['publickey,password', KEY, false],
    ['publickey,password publickey', KEY, true],
    ['publickey,keyboard-interactive:pam', KEY, false],
    ['hostbased', KEY, false],
    ['gssapi-with-mic publickey', KEY, true],
    ['password', PASSWORD, true],
    ['keyboard-interactive:pam', PASSWORD, true],
    ['publickey', PASSWORD, false],
    ['publickey,password', { key: true, password: true }, true],
    ['publickey,password', {}, false],
    ['publickey', {}, true],
    ['password,keyboard-interactive', {}, true],
    ['hostbased', {}, false],
  ])('%s for %j: %s', (methods, has, met) => {
    const { key: _, ...nobody } = ACME;
    expect(inTheWay(`AuthenticationMethods ${methods}`, { ...nobody, ...has })).toEqual(met ? [] : ['sshd_config:2']);
  });

  test.each([
    ['the first global value counts', 'AuthenticationMethods any\nAuthenticationMethods password', []],
    [
      'a block that surely holds beats it',
      'AuthenticationMethods password\nMatch Group sftp\nAuthenticationMethods any',
      [],
    ],
    [
      'one after it says nothing',
      'Match all\nAuthenticationMethods any\nMatch User acme\nAuthenticationMethods password',
      [],
    ],
    [
      'one before it does',
      'Match User acme\nAuthenticationMethods password\nMatch all\nAuthenticationMethods any',
      ['sshd_config:3'],
    ],
  ])('%s', (_, text, places) => expect(inTheWay(text)).toEqual(places));

  test('says what to do, and it helps', () => {
    const [found] = judge({ [SSHD_CONFIG]: `${INCLUDE}AuthenticationMethods publickey,password` });
    expect(found).toMatchObject({
      why: 'it asks for more than a key',
      wayOut:
        "printf 'Match Group sftp\\n  AuthenticationMethods publickey password\\n' >>/etc/ssh/sshd_config.d/40-local.conf",
    });
    const texts = {
      [SSHD_CONFIG]: `${INCLUDE}AuthenticationMethods publickey,password`,
      [dropIn('40-local.conf')]: 'Match Group sftp\n  AuthenticationMethods publickey password\n',
    };
    expect(judge(texts)).toEqual([]);
    expect(judge({ [SSHD_CONFIG]: `${INCLUDE}Match Address 192.0.2.1\nAuthenticationMethods password` })).toMatchObject(
      [{ wayOut: 'add the criterion "Group !sftp,*" to line 2 of /etc/ssh/sshd_config' }],
    );
    expect(inTheWay('Match Address 192.0.2.1 Group !sftp,*\nAuthenticationMethods password')).toEqual([]);
  });
});

test.each([
  ['RefuseConnection yes', ['sshd_config:2']],
  ['Match Address 192.0.2.0/24\nRefuseConnection yes', ['sshd_config:3']],
  ['PermitUserEnvironment yes', ['sshd_config:2']],
  ['PermitUserEnvironment LANG,SSH_*', ['sshd_config:2']],
  ['PermitUserEnvironment LANG,LC_*', []],
  ['PermitUserEnvironment no', []],
  ['MaxSessions 0', ['sshd_config:2']],
  ['MaxSessions 3', []],
  ['UsePAM no\nPermitEmptyPasswords no\nStrictModes no', []],
])('what refuses everybody: %j', (text, places) => expect(inTheWay(text)).toEqual(places));

test('no text makes it throw, and every obstacle quotes the line that it names', () => {
  const line = fc.constantFrom(
    'Match User acme',
    'Match Group sftp Address *,!192.0.2.1',
    'Match all',
    'Match',
    'Include a',
    'Include sshd_config.d/*.conf',
    'ForceCommand x',
    'AllowUsers bob',
    'AllowGroups',
    'DenyUsers *',
    'AuthenticationMethods password',
    'RefuseConnection yes',
  );
  const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, text, fc.constantFrom(ACME, SOMEBODY), (main, included, early, customer) => {
      const texts: Record<string, string> = { [SSHD_CONFIG]: main, '/etc/ssh/a': included, [dropIn('10.conf')]: early };
      for (const { file, line, what } of judge(texts, customer))
        if (what !== '') expect(texts[file]?.split('\n')[line - 1]).toBe(what);
    }),
  );
});
