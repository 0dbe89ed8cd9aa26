import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RSYSLOG_DROP_IN } from '../../src/conf/rsyslog.ts';
import { parseRsyslogHost } from '../../src/conf/rsyslog-host.ts';
import { DEBIAN_RSYSLOG, EL_RSYSLOG, UBUNTU_RSYSLOG } from './distributions.ts';
import { filesIn } from './etc.ts';

const MAIN = '/etc/rsyslog.conf';
const read = (text: string, others: Record<string, string> = {}) =>
  parseRsyslogHost({ file: MAIN, text }, filesIn({ [MAIN]: text, ...others }));

const INCLUDE = '$IncludeConfig /etc/rsyslog.d/*.conf\n';
const ON = '$RepeatedMsgReduction on\n';

describe('what distributions install', () => {
  test('Debian 12 and 13', () => {
    expect(read(DEBIAN_RSYSLOG)).toEqual({
      includesDropIns: true,
      user: null,
      group: null,
      repeatedMsgReduction: null,
      loadsImuxsock: true,
    });
  });

  test('Ubuntu 24.04 drops to syslog, and reduces repeated messages before our drop-in can say no', () => {
    expect(read(UBUNTU_RSYSLOG)).toEqual({
      includesDropIns: true,
      user: 'syslog',
      group: 'syslog',
      repeatedMsgReduction: { file: MAIN, line: 6, on: true, afterOurs: false },
      loadsImuxsock: true,
    });
  });

  test('EL 9 loads imuxsock with comments between its parameters', () => {
    expect(read(EL_RSYSLOG)).toEqual({
      includesDropIns: true,
      user: null,
      group: null,
      repeatedMsgReduction: null,
      loadsImuxsock: true,
    });
  });
});

describe('does an include reach our drop-in?', () => {
  test.each([
    ['$IncludeConfig /etc/rsyslog.d/*.conf', true],
    ['$includeconfig /etc/rsyslog.d/*.conf # ours too', true],
    ['  $IncludeConfig   /etc/rsyslog.d/', true],
    ['$IncludeConfig /etc/rsyslog.d', true],
    ['$IncludeConfig /etc/rsyslog.d/30-sftpjail.conf', true],
    ['$IncludeConfig \\\n  /etc/rsyslog.d/*.conf', true],
    ['include(file="/etc/rsyslog.d/*.conf" mode="optional")', true],
    ['Include (\n  mode="optional" # a ) and a "\n  file="/etc/rsyslog.d/*.conf"\n)', true],
    ['if $hostname == \'x\' then { include(file="/etc/rsyslog.d/*.conf") }', true],
    ['*.* -/var/log/*"x\n$IncludeConfig /etc/rsyslog.d/*.conf', true],
    ['/* old */ $IncludeConfig /etc/rsyslog.d/*.conf', false],
    ['', false],
    ['#$IncludeConfig /etc/rsyslog.d/*.conf', false],
    ['/*\n$IncludeConfig /etc/rsyslog.d/*.conf\n*/', false],
    ['include(file="/etc/rsyslog.d/*.conf" config.enabled="off")', false],
    ['$IncludeConfig /etc/rsyslog.d/4*.conf', false],
    ['$IncludeConfig /etc/rsyslog.d/*.rules', false],
    ['template(name="t" type="string" string="\n$IncludeConfig /etc/rsyslog.d/*.conf\n")', false],
  ])('%j: %s', (text, includesDropIns) => expect(read(text)).toMatchObject({ includesDropIns }));

  test('through a file that is included', () => {
    expect(read('include(file="/etc/more.conf")', { '/etc/more.conf': INCLUDE }).includesDropIns).toBe(true);
  });
});

describe('whom rsyslogd becomes', () => {
  test.each([
    ['$PrivDropToUser syslog\n$PrivDropToGroup adm', 'syslog', 'adm'],
    ['$PrivDropToUserID 105 # syslog\n$PrivDropToGroupID 4', '105', '4'],
    ['$PrivDropToUser one\n$PrivDropToUser two', 'two', null],
    ['global(privdrop.user.name="syslog" privdrop.group.name="adm")', 'syslog', 'adm'],
    ['global(PrivDrop.User.ID="105")', '105', null],
    ['global(privdrop.user.name="syslog")\n$PrivDropToUser late', 'syslog', null],
    ['# $PrivDropToUser syslog\nglobal(workDirectory="/var" # privdrop.user.name="x"\n)', null, null],
  ])('%j: %s, %s', (text, user, group) => expect(read(text)).toMatchObject({ user, group }));
});

describe('$RepeatedMsgReduction: the last word counts', () => {
  const drop = (name: string) => `/etc/rsyslog.d/${name}`;
  test.each([
    ['before the include', ON + INCLUDE, {}, { file: MAIN, line: 1, on: true, afterOurs: false }],
    ['after the include', INCLUDE + ON, {}, { file: MAIN, line: 2, on: true, afterOurs: true }],
    [
      'in an earlier drop-in',
      INCLUDE,
      { [drop('20-x.conf')]: ON },
      { file: drop('20-x.conf'), line: 1, on: true, afterOurs: false },
    ],
    [
      'in a later drop-in',
      INCLUDE,
      { [drop('50-x.conf')]: ON },
      { file: drop('50-x.conf'), line: 1, on: true, afterOurs: true },
    ],
    [
      'taken back later',
      `${INCLUDE + ON}$RepeatedMsgReduction off`,
      {},
      { file: MAIN, line: 3, on: false, afterOurs: true },
    ],
    ['on, then ours is read again', INCLUDE + ON + INCLUDE, {}, { file: MAIN, line: 2, on: true, afterOurs: false }],
    ['a word that is neither', `${INCLUDE}$RepeatedMsgReduction yes`, {}, null],
    ['commented out', `${INCLUDE}# $RepeatedMsgReduction on`, {}, null],
  ])('%s', (_, text, others, repeatedMsgReduction) => {
    expect(read(text, others)).toMatchObject({ repeatedMsgReduction });
  });

  test('what our own drop-in says is no fact about the host, so that a second init wants the same as the first', () => {
    const ours = { [RSYSLOG_DROP_IN]: '$RepeatedMsgReduction off\n$PrivDropToUser nobody' };
    expect(read(UBUNTU_RSYSLOG, ours)).toEqual(read(UBUNTU_RSYSLOG));
  });
});

describe('is imuxsock loaded?', () => {
  test.each([
    ['module(load="imuxsock")', true],
    ['MODULE(SysSock.Use="off" load="imuxsock")', true],
    ['$ModLoad imuxsock.so # local', true],
    ['module(load="imjournal")', false],
    ['#module(load="imuxsock")', false],
    ['$ModLoad imklog', false],
  ])('%j: %s', (text, loadsImuxsock) => expect(read(text)).toMatchObject({ loadsImuxsock }));
});

test('a file that includes itself is passed over', () => {
  expect(read(`$IncludeConfig ${MAIN}\n$PrivDropToUser syslog`).user).toBe('syslog');
});

test('no text makes it throw', () => {
  const token = fc.constantFrom(
    '$',
    'include(',
    'file=',
    '"',
    "'",
    '`',
    '/*',
    '*/',
    '#',
    '\\',
    '\n',
    ')',
    '/etc/x',
    ' ',
    '$IncludeConfig ',
    'on',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join('')),
  );
  fc.assert(fc.property(text, text, (main, other) => void read(main, { '/etc/x': other })));
});
