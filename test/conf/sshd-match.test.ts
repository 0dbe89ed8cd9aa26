import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesList, matchesPattern, matchHolds } from '../../src/conf/sshd-match.ts';

const holds = (criteria: string, login: { user?: string; groups?: string[] }) =>
  matchHolds([{ file: 'f', line: 1, criteria }], { groups: [], ...login });

describe('a Match line and the account acme in sftp and sftp-only', () => {
  test.each([
    ['all', 'always'],
    ['ALL # everybody', 'always'],
    ['User acme', 'always'],
    ['User=acme', 'always'],
    ['User = acme', 'always'],
    ['user "bob,acme"', 'always'],
    ['User bob', 'never'],
    ['User Acme', 'never'],
    ['User a*,!acme', 'never'],
    ['User !acme,a*', 'never'],
    ['User !bob', 'never'],
    ['User !bob,*', 'always'],
    ['Group sftp-only', 'always'],
    ['Group sftp-*', 'always'],
    ['Group wheel', 'never'],
    ['Group *,!sftp-only', 'never'],
    ['Group !wheel,*', 'always'],
    ['User acme Group wheel', 'never'],
    ['Address 192.0.2.0/24', 'maybe'],
    ['Address *', 'always'],
    ['Address *,!192.0.2.1', 'maybe'],
    ['Address !192.0.2.1', 'never'],
    ['Host *.example.com', 'maybe'],
    ['LocalPort 2222', 'maybe'],
    ['User acme Address 192.0.2.1', 'maybe'],
    ['invalid-user', 'never'],
  ])('%s: %s', (criteria, chance) => {
    expect(holds(criteria, { user: 'acme', groups: ['sftp', 'sftp-only'] })).toBe(chance);
  });
});

describe('a Match line and an account to come: a name that nobody has written down', () => {
  test.each([
    ['User *', 'always'],
    ['User bob', 'never'],
    ['User a*', 'maybe'],
    ['User a*,!acme', 'maybe'],
    ['User *,!acme', 'always'],
    ['User *,!a*', 'maybe'],
    ['User !*,acme', 'never'],
  ])('%s: %s', (criteria, chance) => expect(holds(criteria, {})).toBe(chance));
});

test('blocks within blocks hold where all of them do', () => {
  const line = (criteria: string) => ({ file: 'f', line: 1, criteria });
  expect(matchHolds([line('User acme'), line('Address 192.0.2.1')], { user: 'acme', groups: [] })).toBe('maybe');
  expect(matchHolds([line('User acme'), line('Group wheel')], { user: 'acme', groups: [] })).toBe('never');
  expect(matchHolds([], { groups: [] })).toBe('always');
});

describe('patterns', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
  const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 });

  test('match what the same regular expression does', () => {
    fc.assert(
      fc.property(letters, patterns, (text, pattern) => {
        const expression = new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesPattern(text, pattern)).toBe(expression.test(text));
      }),
      { numRuns: 1000 },
    );
  });

  test('take no exponential time', () => {
    expect(matchesPattern('a'.repeat(5000), `${'*a'.repeat(50)}b`)).toBe(false);
  });

  test('of a list: a negated one that matches outweighs the others wherever it stands', () => {
    const entry = fc.tuple(fc.boolean(), patterns);
    fc.assert(
      fc.property(letters, fc.array(entry, { minLength: 1, maxLength: 4 }), (text, entries) => {
        const list = entries.map(([negated, pattern]) => (negated ? `!${pattern}` : pattern)).join(',');
        const matching = entries.filter(([, pattern]) => matchesPattern(text, pattern)).map(([negated]) => negated);
        const chance = matchesList(list, (pattern) => (matchesPattern(text, pattern) ? 'always' : 'never'));
        expect(chance).toBe(matching.length > 0 && !matching.includes(true) ? 'always' : 'never');
      }),
    );
  });
});
