import { Chalk } from 'chalk';
import { expect, test } from 'vitest';
import { toFinding, type Verdict } from '../../src/doctor/finding.ts';
import { describeFindings, describeNotes } from '../../src/ui/findings.ts';

const plain = new Chalk({ level: 0 });

const missing = (user: string, more: Partial<Verdict> = {}) =>
  toFinding('links', {
    ...{ severity: 'error', what: `the link of ${user} is missing`, gist: 'a link is missing', why: 'no log', user },
    ...more,
  });

test('one finding: what, why, and what mends it', () => {
  expect(describeFindings([missing('acme', { remedy: ['one', 'two'], advice: 'and think' })], plain)).toEqual([
    'error links: the link of acme is missing',
    '  why:  no log',
    '  mend: one',
    '  mend: two',
    '  do:   and think',
  ]);
});

test('300 of a kind are one, with the remedy that they share', () => {
  const all = Array.from({ length: 300 }, (_, i) => missing(`u${i}`, { remedy: ['sftpjail refresh-links'] }));
  expect(describeFindings(all, plain)).toEqual([
    'error links: a link is missing (300: u0, u1, u2, u3, u4 and 295 more)',
    '  why:  no log',
    '  mend: sftpjail refresh-links',
  ]);
});

test('many remedies are one command where that mends them all, and some of them elsewhere', () => {
  const each = (fixable: boolean) =>
    Array.from({ length: 5 }, (_, i) => missing(`u${i}`, { remedy: [`mend u${i}`], fixable }));
  const mends = (lines: string[]) => lines.filter((line) => line.startsWith('  mend: ')).map((line) => line.slice(8));
  expect(mends(describeFindings(each(true), plain))).toEqual(['sftpjail doctor links --fix --yes']);
  expect(mends(describeFindings(each(false), plain))).toEqual([
    ...['mend u0', 'mend u1', 'mend u2'],
    '# and 2 more: sftpjail doctor links --json',
  ]);
});

test('a name that somebody else chose cannot play with the terminal', () => {
  const [line] = describeFindings([toFinding('orphans', { severity: 'warning', what: '/a\u001b[2J', why: '' })], plain);
  expect(line).toBe('warning orphans: /a\\x1b[2J');
});

test('a note is one line', () => {
  const note = toFinding('space', { severity: 'note', what: 'it is full', why: 'so it is', advice: 'look' });
  expect(describeNotes([note], plain)).toEqual(['note space: it is full']);
});
