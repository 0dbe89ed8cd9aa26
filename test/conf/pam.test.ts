import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { LONGEST_PAM_LINE, pamLineIn, renderPamLine, withPamLine } from '../../src/conf/pam.ts';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import type { Duration } from '../../src/spec.ts';
import { bareDebian } from '../support/facts.ts';

const withHook = (required: boolean) => ({
  ...DEFAULT_CONFIG,
  hooks: {
    ...DEFAULT_CONFIG.hooks,
    'before-session': { command: ['/bin/true'], timeout: '5s' as Duration, required },
  },
});
const line = renderPamLine({ ...bareDebian, config: withHook(true) }) ?? '';

describe('the line for PAM', () => {
  test('there is none unless it is asked for', () => expect(renderPamLine(bareDebian)).toBeNull());

  test('it stands above all others of its kind, once, and goes without a trace', () => {
    for (const text of [
      '# comment\n@include common-auth\nsession required a.so\nsession optional b.so\n',
      '#%PAM-1.0\nauth required x.so\n-session optional c.so\n',
      'auth required x.so',
      'no newline at its end\nsession a',
      '',
      '\n',
    ]) {
      const written = withPamLine(text, line);
      expect(pamLineIn(written)).toBe(line);
      expect(withPamLine(written, line)).toBe(written);
      const first = written.split('\n').findIndex((each) => /^-?session/.test(each));
      expect(written.split('\n')[first]).toBe(line);
      expect(withPamLine(written, null)).toBe(text);
      expect(withPamLine(withPamLine(written, `${line.replace('required', 'optional')}`), null)).toBe(text);
    }
  });

  test('PAM reads all of it, and no bracket or comment ends it early', () => {
    expect(line.length).toBeLessThan(LONGEST_PAM_LINE);
    const [, script = ''] = /\[(.*)\] # sftpjail$/.exec(line) ?? [];
    expect(script).not.toMatch(/[[\]#\\]/);
    expect(line).toMatch(/^session required pam_exec\.so quiet type=open_session \/bin\/sh -c \[/);
    expect(renderPamLine({ ...bareDebian, config: withHook(false) })).toMatch(/^session optional /);
  });

  test('its script runs nothing for anybody who is in none of our groups', () => {
    const [, script = ''] = /\[(.*)\] # sftpjail$/.exec(line) ?? [];
    for (const PAM_USER of ['root', 'nobody', 'there-is-no-such-user', '-n', '$(touch /tmp/x)', '; exit 1'])
      execFileSync('/bin/sh', ['-c', script.replace('/usr/bin/env', '/bin/false')], {
        env: { PAM_USER },
        stdio: 'ignore',
      });
  });
});
