import { PAM_SSHD, renderPamLine } from '../conf/pam.ts';
import type { HostFacts } from './facts.ts';
import type { Wish } from './wish.ts';

/** What has commands run before and after sessions. */
export function wantSessionHooks(facts: HostFacts): Wish[] {
  const line = renderPamLine(facts);
  return line === null ? [] : [{ kind: 'line', at: PAM_SSHD, state: { line } }];
}

/** The line, whatever it says, where none is wanted any more. */
export const unwantedSessionHooks = (facts: HostFacts): Wish[] =>
  renderPamLine(facts) === null && facts.hasPamLine ? [ANY_LINE] : [];

export const ANY_LINE: Wish = { kind: 'line', at: PAM_SSHD, state: { line: '' } };
