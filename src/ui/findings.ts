import type { ChalkInstance } from 'chalk';
import type { Finding } from '../doctor/finding.ts';
import { visible } from './visible.ts';

/** How many names, and how many different remedies, are told of findings that are alike. */
const NAMES = 5;
const REMEDIES = 3;

const LABEL = { error: 'error', warning: 'warning', note: 'note' } as const;

/** Findings as a person reads them: what, why, how to mend it; those that are alike are told once. */
export const describeFindings = (findings: readonly Finding[], paint: ChalkInstance): string[] =>
  grouped(findings).flatMap((group) => describeGroup(group, paint));

function grouped(findings: readonly Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.check} ${finding.severity} ${finding.gist}`;
    const group = groups.get(key);
    if (group) group.push(finding);
    else groups.set(key, [finding]);
  }
  return [...groups.values()];
}

/** What there is to know, without anything to do: a line for each. */
export const describeNotes = (notes: readonly Finding[], paint: ChalkInstance): string[] =>
  grouped(notes).map((group) => `${paint.cyan('note')} ${group[0]?.check}: ${whatOf(group)}`);

function describeGroup(group: readonly Finding[], paint: ChalkInstance): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const { severity, check, why } = first;
  const color = severity === 'error' ? paint.red : severity === 'warning' ? paint.yellow : paint.cyan;
  const advice = [...new Set(group.flatMap((finding) => finding.advice ?? []))].slice(0, REMEDIES);
  return [
    `${color(LABEL[severity])} ${check}: ${whatOf(group)}`,
    `  why:  ${visible(why)}`,
    ...remediesOf(group).map((command) => `  mend: ${visible(command)}`),
    ...advice.map((text) => `  ${severity === 'note' ? 'see: ' : 'do:  '} ${visible(text)}`),
  ];
}

function whatOf(group: readonly Finding[]): string {
  const [first] = group;
  if (first === undefined || group.length === 1) return visible(first?.what ?? '');
  const named = group.slice(0, NAMES).map(({ user, what }) => visible(user ?? what));
  const more = group.length > NAMES ? ` and ${group.length - NAMES} more` : '';
  return `${visible(first.gist)} (${group.length}: ${named.join(', ')}${more})`;
}

function remediesOf(group: readonly Finding[]): string[] {
  const remedies = [...new Map(group.map(({ remedy }) => [remedy.join('\n'), remedy])).values()];
  if (remedies.length <= REMEDIES) return [...new Set(remedies.flat())];
  const check = group[0]?.check;
  if (group.every(({ fixable }) => fixable)) return [`sftpjail doctor ${check} --fix --yes`];
  return [
    ...new Set(remedies.slice(0, REMEDIES).flat()),
    `# and ${remedies.length - REMEDIES} more: sftpjail doctor ${check} --json`,
  ];
}
