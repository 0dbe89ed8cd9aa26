import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSshdConfig } from '../../src/conf/sshd.ts';
import { effectiveFor, proofNameIn, renderSshdDropIn, SSHD_DROP_IN } from '../../src/conf/sshd-drop-in.ts';
import { DEFAULT_CONFIG } from '../../src/config.ts';
import type { Role } from '../../src/plan/facts.ts';
import { FACILITIES, LOG_LEVELS } from '../../src/spec.ts';
import { templates } from '../support/facts.ts';

const render = (values: Partial<Parameters<typeof renderSshdDropIn>[1]> = {}) =>
  renderSshdDropIn(templates(SSHD_DROP_IN), { config: DEFAULT_CONFIG, exceptions: [], passwordUsers: [], ...values });

const blocks = (text: string) =>
  [...text.matchAll(/^Match (.*)\n((?: {2}.*\n)*)/gm)].map(([, criteria = '', body = '']) => ({
    criteria,
    lines: body
      .trimEnd()
      .split('\n')
      .map((line) => line.trim()),
  }));

describe('the drop-in for sshd', () => {
  it('has a block for each role, the strictest first', () => {
    expect(blocks(render()).map(({ criteria }) => criteria)).toEqual([
      'Group sftp-readonly',
      'Group sftp-only',
      'Group sftp-admin',
      expect.stringMatching(/^User sftpjail-[0-9a-f]{16}$/),
    ]);
  });

  it('states everything that a customer must not do, rather than rely on defaults', () => {
    expect(blocks(render())[1]?.lines).toEqual([
      'ChrootDirectory /sftp-root/%u',
      'ForceCommand internal-sftp -lVERBOSE -fLOCAL3 -u0007 -d/data -Psymlink',
      'AuthorizedKeysFile /etc/sftpjail/keys/%u',
      'LogLevel VERBOSE',
      'PubkeyAuthentication yes',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'DisableForwarding yes',
      'AllowTcpForwarding no',
      'AllowStreamLocalForwarding no',
      'AllowAgentForwarding no',
      'X11Forwarding no',
      'PermitTunnel no',
      'PermitTTY no',
      'PermitUserRC no',
    ]);
  });

  it('never names a Subsystem, which sshd 9.2 dies of when it stands twice', () => {
    expect(render()).not.toMatch(/^\s*Subsystem/im);
  });

  it('allows a password only to those who have one', () => {
    const [first] = blocks(render({ passwordUsers: ['acme', 'globex'] }));
    expect(first).toEqual({ criteria: 'User acme,globex', lines: ['PasswordAuthentication yes'] });
  });

  it('keeps a level of an account’s own before the block of its role', () => {
    const [first] = blocks(render({ exceptions: [{ name: 'acme', role: 'readOnly', logLevel: 'DEBUG3' }] }));
    expect(first).toEqual({
      criteria: 'User acme',
      lines: ['LogLevel VERBOSE', 'ForceCommand internal-sftp -R -lDEBUG3 -fLOCAL3 -u0007 -d/data -Psymlink'],
    });
  });

  it('is read by sshd’s rules as it was meant', () => {
    const directives = parseSshdConfig({ file: SSHD_DROP_IN, text: render() }, () => []);
    expect(directives.every(({ match }) => match.length === 1)).toBe(true);
  });
});

describe('the command that a session is held to', () => {
  const configurations = fc.record({
    role: fc.constantFrom<Role>('only', 'readOnly', 'admin'),
    logLevel: fc.constantFrom(...LOG_LEVELS),
    facility: fc.constantFrom(...FACILITIES),
    symlinks: fc.constantFrom('deny' as const, 'allow' as const),
  });

  it('fits into the nine words that sshd keeps, with -R first where the customer must not write', () => {
    fc.assert(
      fc.property(configurations, ({ role, symlinks, ...own }) => {
        const config = { ...DEFAULT_CONFIG, sftp: { ...DEFAULT_CONFIG.sftp, symlinks } };
        const words = effectiveFor(config, role, own).forcecommand.split(' ');
        expect(words.length).toBeLessThanOrEqual(9);
        expect(words[0]).toBe('internal-sftp');
        expect(words.indexOf('-R')).toBe(role === 'readOnly' ? 1 : -1);
        expect(words.slice(1).every((word) => word.startsWith('-'))).toBe(true);
      }),
    );
  });
});

describe('the name that proves which version the running sshd has read', () => {
  it('changes with every line of the file', () => {
    const names = [render(), render({ passwordUsers: ['acme'] }), render({ passwordUsers: ['globex'] })].map(
      proofNameIn,
    );
    expect(new Set(names).size).toBe(3);
  });

  it('is the same for the same file', () => expect(proofNameIn(render())).toBe(proofNameIn(render())));

  it('is not found in a file of others', () => expect(proofNameIn('Match User bob\n')).toBeNull());
});
