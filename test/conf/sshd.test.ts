import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEffective, parseSshdConfig, SSHD_CONFIG } from '../../src/conf/sshd.ts';
import { DEBIAN_SSHD, EL_SSHD, UBUNTU_SSHD } from './distributions.ts';
import { filesIn } from './etc.ts';

const read = (texts: Record<string, string>) =>
  parseSshdConfig({ file: SSHD_CONFIG, text: texts[SSHD_CONFIG] ?? '' }, filesIn(texts));
const parse = (text: string) => read({ [SSHD_CONFIG]: text });

/** A reading in short: `FILE:LINE KEYWORD ARGS [CRITERIA > CRITERIA]`. */
const short = (texts: Record<string, string>) =>
  read(texts).map(({ file, line, keyword, args, match }) => {
    const below = match.length > 0 ? ` [${match.map(({ criteria }) => criteria).join(' > ')}]` : '';
    return `${file.replace(/.*\//, '')}:${line} ${keyword} ${args.join(' ')}${below}`;
  });

describe('one line', () => {
  test.each([
    ['Port 22', 'port', ['22']],
    ['  pOrT\t22  ', 'port', ['22']],
    ['Port=22', 'port', ['22']],
    ['Port = 22', 'port', ['22']],
    ['"Port" 22', 'port', ['22']],
    ['Port 22\r', 'port', ['22']],
    ['Port 22 # the usual', 'port', ['22']],
    ['Banner /etc/a#b', 'banner', ['/etc/a#b']],
    ['AllowGroups "domain users" wheel', 'allowgroups', ['domain users', 'wheel']],
    ["AllowGroups 'domain users' wheel", 'allowgroups', ['domain users', 'wheel']],
    ['AllowGroups domain\\ users', 'allowgroups', ['domain users']],
    ['AllowUsers "CORP\\\\bob" a\\b', 'allowusers', ['CORP\\bob', 'a\\b']],
    ['AllowUsers al"ic"e', 'allowusers', ['alice']],
    ['ForceCommand internal-sftp -d "" -R', 'forcecommand', ['internal-sftp', '-d', '', '-R']],
    ['Subsystem	sftp	/usr/lib/openssh/sftp-server', 'subsystem', ['sftp', '/usr/lib/openssh/sftp-server']],
  ])('%j', (text, keyword, args) => {
    expect(parse(text)).toMatchObject([{ keyword, args, line: 1, text: text.trim(), match: [], via: [] }]);
  });

  test.each(['', '   ', '# Port 22', '  #Port 22', '"Port 22'])('%j says nothing', (text) => {
    expect(parse(text)).toEqual([]);
  });
});

describe('what distributions install', () => {
  test('Debian 12 and 13', () => {
    expect(short({ [SSHD_CONFIG]: DEBIAN_SSHD })).toEqual([
      'sshd_config:5 include /etc/ssh/sshd_config.d/*.conf',
      'sshd_config:9 kbdinteractiveauthentication no',
      'sshd_config:10 usepam yes',
      'sshd_config:11 x11forwarding yes',
      'sshd_config:12 printmotd no',
      'sshd_config:13 acceptenv LANG LC_* COLORTERM NO_COLOR',
      'sshd_config:16 subsystem sftp /usr/lib/openssh/sftp-server',
    ]);
  });

  test('Ubuntu 24.04 on a cloud: drop-ins stand in for the Include line', () => {
    expect(short(UBUNTU_SSHD).slice(0, 4)).toEqual([
      'sshd_config:5 include /etc/ssh/sshd_config.d/*.conf',
      '50-cloud-init.conf:1 passwordauthentication yes',
      '60-cloudimg-settings.conf:1 passwordauthentication no',
      'sshd_config:9 kbdinteractiveauthentication no',
    ]);
  });

  test('EL 9: a drop-in includes the crypto policy', () => {
    expect(short(EL_SSHD).slice(0, 5)).toEqual([
      'sshd_config:4 include /etc/ssh/sshd_config.d/*.conf',
      '50-redhat.conf:2 include /etc/crypto-policies/back-ends/opensshserver.config',
      'opensshserver.config:1 ciphers aes256-gcm@openssh.com',
      'opensshserver.config:2 requiredrsasize 2048',
      '50-redhat.conf:3 syslogfacility AUTHPRIV',
    ]);
  });
});

describe('Include', () => {
  test('a relative pattern is below /etc/ssh, files come by bytes, dotfiles and other endings not at all', () => {
    const texts = {
      [SSHD_CONFIG]: 'Include sshd_config.d/*.conf',
      '/etc/ssh/sshd_config.d/b.conf': 'Port 2',
      '/etc/ssh/sshd_config.d/a.conf': 'Port 1',
      '/etc/ssh/sshd_config.d/Z.conf': 'Port 0',
      '/etc/ssh/sshd_config.d/.hidden.conf': 'Port 3',
      '/etc/ssh/sshd_config.d/a.conf.dpkg-dist': 'Port 4',
    };
    expect(short(texts).slice(1)).toEqual(['Z.conf:1 port 0', 'a.conf:1 port 1', 'b.conf:1 port 2']);
  });

  test('several patterns on one line are read one after the other, and the way to each file is told', () => {
    const texts = {
      [SSHD_CONFIG]: 'Include extra/* "sshd_config.d/a b.conf"',
      '/etc/ssh/sshd_config.d/a b.conf': 'Port 1',
      '/etc/ssh/extra/z': 'Port 2',
    };
    expect(short(texts).slice(1)).toEqual(['z:1 port 2', 'a b.conf:1 port 1']);
    expect(read(texts)[2]?.via).toEqual([{ file: SSHD_CONFIG, line: 1, pattern: '/etc/ssh/sshd_config.d/a b.conf' }]);
  });

  test('files that include one another end where sshd gives up: after 16 levels', () => {
    const loop = { [SSHD_CONFIG]: 'Include a', '/etc/ssh/a': 'Port 1\nInclude a a\nPort 2' };
    expect(short(loop)).toEqual([
      'sshd_config:1 include a',
      ...Array.from({ length: 16 }, () => ['a:1 port 1', 'a:2 include a a']).flat(),
    ]);
  });
});

describe('Match', () => {
  test('a block lasts to the next Match line or the end of the file', () => {
    const text = 'Port 22\nMatch User bob\n  X11Forwarding no\nMatch all\n  PermitTTY no';
    expect(short({ [SSHD_CONFIG]: text })).toEqual([
      'sshd_config:1 port 22',
      'sshd_config:3 x11forwarding no [User bob]',
      'sshd_config:5 permittty no [all]',
    ]);
  });

  test('it does not leak out of an included file', () => {
    const texts = {
      [SSHD_CONFIG]: 'Include sshd_config.d/*\nPort 22',
      '/etc/ssh/sshd_config.d/10': 'Match User bob\nX11Forwarding no',
      '/etc/ssh/sshd_config.d/20': 'X11Forwarding yes',
    };
    expect(short(texts).slice(1)).toEqual([
      '10:2 x11forwarding no [User bob]',
      '20:1 x11forwarding yes',
      'sshd_config:2 port 22',
    ]);
  });

  test('an Include below it counts only where it does, and so do the blocks of that file', () => {
    const texts = {
      [SSHD_CONFIG]: 'Match Group staff\nInclude extra\nPermitTTY no',
      '/etc/ssh/extra': 'PermitTTY yes\nMatch User bob\nPermitTTY no\nMatch User al\nPermitTTY no',
    };
    expect(short(texts)).toEqual([
      'sshd_config:2 include extra [Group staff]',
      'extra:1 permittty yes [Group staff]',
      'extra:3 permittty no [Group staff > User bob]',
      'extra:5 permittty no [Group staff > User al]',
      'sshd_config:3 permittty no [Group staff]',
    ]);
  });
});

test('no text makes it throw, and every directive has the line it stands on', () => {
  const token = fc.constantFrom(
    'Match',
    'Include',
    'a',
    '*',
    ' ',
    '\t',
    '"',
    "'",
    '\\',
    '=',
    '#',
    '\n',
    '!',
    ',',
    'all',
    '\f',
  );
  const text = fc.oneof(
    fc.string(),
    fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join('')),
  );
  fc.assert(
    fc.property(text, text, (main, included) => {
      const directives = read({ [SSHD_CONFIG]: main, '/etc/ssh/a': included });
      for (const { file, line, text: written } of directives)
        expect((file === SSHD_CONFIG ? main : included).split('\n')[line - 1]).toContain(written);
    }),
  );
});

test('sshd -T: a value is the rest of a line, and what can repeat does', () => {
  const effective = parseEffective(
    'port 22\nport 2222\nlistenaddress [::]:22\nauthorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2\nversionaddendum\n',
  );
  expect(Object.fromEntries(effective)).toEqual({
    port: ['22', '2222'],
    listenaddress: ['[::]:22'],
    authorizedkeysfile: ['.ssh/authorized_keys .ssh/authorized_keys2'],
    versionaddendum: [''],
  });
});
