import type { Customer } from './obstacle.ts';

/** The credential that each method of AuthenticationMethods asks for, where it is one that customers can have. */
const CREDENTIAL_FOR: ReadonlyMap<string, 'key' | 'password'> = new Map([
  ['publickey', 'key'],
  ['password', 'password'],
  ['keyboard-interactive', 'password'],
]);

/**
 * Why no alternative of AuthenticationMethods can be met with what the customer has, or null where one can. An
 * alternative is a list of methods that must all succeed, each perhaps with a device: `publickey,keyboard-interactive:pam`.
 */
export function unmetMethods(alternatives: readonly string[], { key, password }: Customer): string | null {
  const had = new Set([...(key ? (['key'] as const) : []), ...(password ? (['password'] as const) : [])]);
  const known = had.size > 0;
  const canMeet = (alternative: string): boolean => {
    const needed = new Set(alternative.split(',').map((method) => CREDENTIAL_FOR.get(method.replace(/:.*/s, ''))));
    return known
      ? [...needed].every((credential) => credential && had.has(credential))
      : needed.size === 1 && !needed.has(undefined);
  };
  if (alternatives.some((alternative) => alternative === 'any' || canMeet(alternative))) return null;
  return `it asks for more than ${known ? [...had].map((credential) => `a ${credential}`).join(' and ') : 'a key or a password alone'}`;
}
