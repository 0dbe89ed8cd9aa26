import { Chalk } from 'chalk';
import { expect, it } from 'vitest';
import type { Change } from '../../src/plan/change.ts';
import { describeChanges } from '../../src/ui/describe-plan.ts';

const plain = new Chalk({ level: 0 });
const make = (at: string): Change => ({
  kind: 'directory',
  at,
  before: null,
  after: { owner: 'root', group: 'sftp', mode: '0750' },
});
const many = (count: number): Change[] => Array.from({ length: count }, (_, i) => make(`/jail-${i}`));

it('a plan is told change by change, as long as anybody would read it', () => {
  expect(describeChanges(many(20), plain)).toHaveLength(20);
  expect(describeChanges([make('/a'), { kind: 'group', at: 'sftp', before: null, after: {} }], plain)).toEqual([
    '  + directory /a (owner root, group sftp, 0750)',
    '  + group sftp',
  ]);
});

it('of a crowd of changes that are alike the first ones are told, and how many there are', () => {
  const gone: Change = {
    ...make('/old'),
    after: null,
    before: { owner: 'root', group: 'sftp', mode: '0750' },
  } as Change;
  const lines = describeChanges([...many(5000), gone], plain);
  expect(lines).toHaveLength(12);
  expect(lines.slice(9)).toEqual([
    '  + directory /jail-9 (owner root, group sftp, 0750)',
    '    … and 4990 more of the kind directory',
    '  - directory /old',
  ]);
});
