import { expect, test } from 'vitest';
import { matchesGlob } from '../../src/conf/glob.ts';

test.each([
  ['/etc/ssh/sshd_config.d/*.conf', '/etc/ssh/sshd_config.d/50-sftpjail.conf', true],
  ['/etc/ssh/sshd_config.d/50-sftpjail.conf', '/etc/ssh/sshd_config.d/50-sftpjail.conf', true],
  ['/etc/ssh/*/*.conf', '/etc/ssh/sshd_config.d/50-sftpjail.conf', true],
  ['/etc/ssh/sshd_config.d/[0-9]?-*.conf', '/etc/ssh/sshd_config.d/50-sftpjail.conf', true],
  ['/etc/ssh//sshd_config.d/*', '/etc/ssh/sshd_config.d/50-sftpjail.conf', true],
  ['/etc/ssh/*', '/etc/ssh/sshd_config.d/50-sftpjail.conf', false],
  ['/etc/ssh/sshd_config.d/[!0-9]*.conf', '/etc/ssh/sshd_config.d/50-sftpjail.conf', false],
  ['/etc/ssh/sshd_config.d/{50,60}-*.conf', '/etc/ssh/sshd_config.d/50-sftpjail.conf', false],
  ['/etc/*.conf', '/etc/.hidden.conf', false],
  ['/etc/?hidden', '/etc/.hidden', false],
  ['/etc/.*', '/etc/.hidden', true],
  ['/etc/a\\*', '/etc/a*', true],
  ['/etc/a\\*', '/etc/ab', false],
  ['/etc/a.b', '/etc/axb', false],
  ['/etc/[z-a]', '/etc/b', false],
])('%s and %s: %s', (pattern, path, found) => expect(matchesGlob(path, pattern)).toBe(found));
